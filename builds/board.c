/* Lines of text in a build's folder. */
#include "builds/board.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "builds/compile.h"
#include "core/file.h"

static char *line_of(const char *name, const char *file)
{
    char *folder = compile_folder(name);
    char *path = folder && home_dir()
                     ? format("%s/%s/%s", home_dir(), folder, file)
                     : NULL;
    uint8_t *text = NULL;
    size_t size = 0;

    if (path && file_exists(path) && file_read(path, 1 << 16, &text, &size))
        text = NULL;
    free(path);
    free(folder);
    if (text)
        text[strcspn((char *)text, "\n")] = '\0';
    if (text && *text)
        return (char *)text;
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
