/* `chainbreak stack`: stack builds as data: list, build, add, remove. */
#ifndef CLI_STACK_H
#define CLI_STACK_H

int cmd_stack(int argc, char **argv);

#endif
