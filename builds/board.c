/* Lines of text in a build's folder. */
#include "builds/board.h"

#include <stdlib.h>
#include <string.h>

#include "builds/compile.h"

static char *line_of(const char *name, const char *file)
{
    char *text = compile_text(name, file);

    if (text)
        text[strcspn(text, "\n")] = '\0';
    if (text && *text)
        return text;
    free(text);
    return NULL;
}

char *board_empty_headers(const char *name)
{
    return line_of(name, "sdk-headers");
}

char *board_taken_back(const char *name)
{
    return line_of(name, "taken-back");
}
