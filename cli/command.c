/* Puts a command together from what the plan keeps: files of devices and
 * scenarios, or, for the quick form of `run`, the words that it was given. */
#include "cli/command.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"

static int is_plain(const char *text)
{
    while (*text) {
        size_t n = text_plain(text);

        if (n == 0)
            return 0;
        text += n;
    }
    return 1;
}

/* In single quotes, where an apostrophe ends them, stands escaped, and opens
 * them again. */
static void quote(FILE *to, const char *text)
{
    fputc('\'', to);
    for (; *text; text++) {
        if (*text == '\'')
            fputs("'\\''", to);
        else
            fputc(*text, to);
    }
    fputc('\'', to);
}

/* As printf's format, with octal escapes (POSIX printf, File Format Notation).
 */
static void quote_bytes(FILE *to, const char *text)
{
    fputs("\"$(printf '", to);
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;

        if (c >= 0x20 && c < 0x7f && !strchr("\\%'", c))
            fputc(c, to);
        else
            fprintf(to, "\\%03o", c);
    }
    fputs("')\"", to);
}

void command_quote(FILE *to, const char *text)
{
    if (is_plain(text))
        quote(to, text);
    else
        quote_bytes(to, text);
}

/* A name of an option needs no quotes. */
static int is_option(const char *word)
{
    return !strncmp(word, "--", 2) &&
           word[strspn(word, "abcdefghijklmnopqrstuvwxyz-")] == '\0';
}

static void words(FILE *to, char *const *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        fputc(' ', to);
        if (is_option(items[i]))
            fputs(items[i], to);
        else
            command_quote(to, items[i]);
    }
}

static void option(FILE *to, const char *name, const char *value)
{
    fprintf(to, " --%s ", name);
    command_quote(to, value);
}

static char *out_of(const char *dir)
{
    size_t length = strlen(dir);

    while (length > 1 && dir[length - 1] == '/')
        length--;
    return format("%.*s.cell", (int)length, dir);
}

void command_print(FILE *to, const struct plan *p, const struct plan_device *d,
                   const struct plan_scenario *s, const char *dir)
{
    const struct device *dev = d->device;
    char program[4096] = "chainbreak";
    ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
    char *out = out_of(dir);

    if (n > 0)
        program[n] = '\0';
    command_quote(to, program);
    if (!strcmp(dev->stacks[0], BOARD_STACK)) {
        fputs(" board", to);
        option(to, "plan",
               s->scenario->file ? s->scenario->file : s->scenario->id);
        option(to, "name", s->states[0].state->endpoint);
        option(to, "board", d->type);
        if (out)
            option(to, "out", out);
        free(out);
        return;
    }
    fputs(" run", to);
    if (p->options_count)
        words(to, p->options, p->options_count);
    else
        option(to, "scenario",
               s->scenario->file ? s->scenario->file : s->scenario->id);
    if (d->options_count)
        words(to, d->options, d->options_count);
    else
        option(to, "device", dev->file ? dev->file : d->type);
    words(to, p->reading, p->reading_count);
    if (dev->stacks_count)
        option(to, "stack", dev->stacks[0]);
    if (out)
        option(to, "out", out);
    free(out);
}
