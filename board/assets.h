/* Files of this folder that go into the program as they are. */
#ifndef BOARD_ASSETS_H
#define BOARD_ASSETS_H

extern const char asset_board_html[]; /* NUL-terminated */

#endif
