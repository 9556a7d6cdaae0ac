/* Puts the page's assets into the program, so that a report needs no files
 * beside it. Paths are relative to the project. */
#include "report/assets.h"

__asm__(".section .rodata\n"
        ".global asset_page_css\n"
        "asset_page_css:\n"
        ".incbin \"report/page.css\"\n"
        ".byte 0\n"
        ".previous\n");
