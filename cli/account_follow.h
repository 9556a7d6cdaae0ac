/* Who follows an account's connections from another terminal (`chainbreak ctl
 * DIR follow`): each line goes to each of them. Any thread. */
#ifndef CLI_ACCOUNT_FOLLOW_H
#define CLI_ACCOUNT_FOLLOW_H

struct account_follow;

/* At a local socket, for this user only. NULL reported. */
struct account_follow *account_follow_new(const char *path);
void account_follow_free(struct account_follow *f);
/* To all that follow now, with its end. Who does not read fast enough is no
 * longer told. */
void account_follow_tell(struct account_follow *f, const char *line);

#endif
