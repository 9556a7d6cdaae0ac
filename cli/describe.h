/* `chainbreak describe`: print what a stack build says of itself. */
#ifndef CLI_DESCRIBE_H
#define CLI_DESCRIBE_H

/* Exit status as in base/diag.h. */
int cmd_describe(int argc, char **argv);

#endif
