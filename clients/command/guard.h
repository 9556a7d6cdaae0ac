/* A process that outlives this program by an instant: if it dies, however it
 * does, the group of the command that runs is killed. (A process can ask to die
 * with its parent, but not that all which it starts does.) */
#ifndef CLIENTS_COMMAND_GUARD_H
#define CLIENTS_COMMAND_GUARD_H

#include <sys/types.h>

/* Starts it, once. 0, or -1 with errno. */
int guard_start(void);
/* The group that runs now; 0: none. Nothing before guard_start. */
void guard_watch(pid_t group);

#endif
