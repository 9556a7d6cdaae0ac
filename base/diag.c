/* Messages for people. Knows nothing of what they are about. */
#include "base/diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *program = "chainbreak";
static _Thread_local struct diag_place captured;

void diag_program(const char *name)
{
    program = name;
}

void diag_capture(char *text, size_t size)
{
    captured = (struct diag_place){text, size};
    if (text != NULL)
        text[0] = '\0';
}

struct diag_place diag_capture_swap(struct diag_place place)
{
    struct diag_place before = captured;

    captured = place;
    return before;
}

void diag(const char *fmt, ...)
{
    char line[4096];
    va_list args;
    int start = snprintf(line, sizeof line, "%s: ", program), n = start;

    va_start(args, fmt);
    n += vsnprintf(line + n, sizeof line - (size_t)n, fmt, args);
    va_end(args);
    if (n > (int)sizeof line - 2)
        n = (int)sizeof line - 2;
    /* Names and texts come from files: they must not start a line of their
     * own, nor speak to the terminal. */
    for (int i = 0; i < n; i++)
        if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
            line[i] = '?';
    if (captured.text != NULL) {
        if (captured.text[0] == '\0')
            snprintf(captured.text, captured.size, "%.*s", n - start,
                     line + start);
        return;
    }
    line[n++] = '\n';
    if (write(STDERR_FILENO, line, (size_t)n) < 0)
        return; /* there is nobody left to tell */
}
