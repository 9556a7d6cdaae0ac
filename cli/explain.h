/* `chainbreak explain`: the story of one cell of a finished run. */
#ifndef CLI_EXPLAIN_H
#define CLI_EXPLAIN_H

/* Exit status as in base/diag.h. */
int cmd_explain(int argc, char **argv);

#endif
