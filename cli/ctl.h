/* `chainbreak ctl`: asks the control plane of an account that is served. */
#ifndef CLI_CTL_H
#define CLI_CTL_H

int cmd_ctl(int argc, char **argv);

#endif
