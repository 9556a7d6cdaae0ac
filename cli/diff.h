/* `chainbreak diff`: where two stack builds, or two runs, disagree. */
#ifndef CLI_DIFF_H
#define CLI_DIFF_H

/* Exit status: 0 no difference, 1 differences, else as in base/diag.h. */
int cmd_diff(int argc, char **argv);

#endif
