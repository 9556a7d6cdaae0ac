/* Messages for people. Knows nothing of what they are about. */
#include "base/diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *program = "chainbreak";

void diag_program(const char *name)
{
    program = name;
}

void diag(const char *fmt, ...)
{
    char line[4096];
    va_list args;
    int n = snprintf(line, sizeof line, "%s: ", program);

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
    line[n++] = '\n';
    if (write(STDERR_FILENO, line, (size_t)n) < 0)
        return; /* there is nobody left to tell */
}
