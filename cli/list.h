/* `chainbreak list`: list what there is, without minting anything. */
#ifndef CLI_LIST_H
#define CLI_LIST_H

/* Exit status as in base/diag.h. */
int cmd_list(int argc, char **argv);

#endif
