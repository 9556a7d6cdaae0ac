/* `chainbreak board`. */
#ifndef CLI_BOARD_H
#define CLI_BOARD_H

int cmd_board(int argc, char **argv);

#endif
