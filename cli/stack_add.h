/* `chainbreak stack add`: writes a stack file and builds it. */
#ifndef CLI_STACK_ADD_H
#define CLI_STACK_ADD_H

int cmd_stack_add(int argc, char **argv);

#endif
