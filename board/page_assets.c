/* Puts the page into the program, so that a bench needs no files beside it. */
#include "board/assets.h"

__asm__(".section .rodata\n"
        ".global asset_board_html\n"
        "asset_board_html:\n"
        ".incbin \"board/page.html\"\n"
        ".byte 0\n"
        ".previous\n");
