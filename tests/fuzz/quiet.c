/* Stands in for base/diag.c: a fuzz target refuses thousands of inputs a second and nobody reads why. The text is still
 * formatted, so that a bad argument shows. */
#include "base/diag.h"

#include <stdarg.h>
#include <stdio.h>

void diag_program(const char *name)
{
    (void)name;
}

void diag(const char *fmt, ...)
{
    char line[4096];
    va_list args;

    va_start(args, fmt);
    vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
}
