/* chainbreak rotate: what becomes of devices whose certificate is rotated. */
#ifndef CLI_ROTATE_H
#define CLI_ROTATE_H

int cmd_rotate(int argc, char **argv);

#endif
