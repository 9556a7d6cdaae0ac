/* `chainbreak run`: run devices against scenarios and judge. */
#ifndef CLI_RUN_H
#define CLI_RUN_H

/* Exit status as in base/diag.h. */
int cmd_run(int argc, char **argv);

#endif
