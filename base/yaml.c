/* libcyaml behind one call, with its log lines turned into one message.
 * libcyaml names the line where it stood, which for some faults is the line
 * before: so keys are looked up in the text. */
#include "base/yaml.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/yaml_text.h"

enum { MAX_SIZE = 4 << 20 };

struct log {
    char what[256]; /* the first line: what is wrong */
    char key[128];  /* the innermost field of the backtrace */
    int line;
};

__attribute__((format(printf, 3, 0))) static void
log_line(cyaml_log_t level, void *context, const char *fmt, va_list args)
{
    struct log *log = context;
    char text[512];
    const char *at;
    int n;

    (void)level;
    n = vsnprintf(text, sizeof text, fmt, args);
    if (n < 0)
        return;
    text[strcspn(text, "\n")] = 0;
    at = strncmp(text, "Load: ", 6) == 0 ? text + 6 : text;
    if (!*log->what) {
        snprintf(log->what, sizeof log->what, "%.255s", at);
        return;
    }
    if (!log->line && (at = strstr(text, "(line: ")))
        log->line = (int)strtol(at + 7, NULL, 10);
    if (!*log->key && sscanf(text, " in mapping field '%127[^']'", log->key))
        return;
}

static int is_key_at(const char *line, const char *key)
{
    size_t n = strlen(key);

    line += strspn(line, " -{,");
    if (*line == '"' || *line == '\'')
        line++;
    if (strncmp(line, key, n) != 0)
        return 0;
    line += n;
    if (*line == '"' || *line == '\'')
        line++;
    line += strspn(line, " ");
    return *line == ':';
}

/* First line from `from` (1-based) on that starts with the key, or 0. */
static int line_from(const uint8_t *data, size_t size, int from,
                     const char *key)
{
    const char *text = (const char *)data, *end = text + size;

    for (int line = 1; text < end; line++) {
        const char *eol = memchr(text, '\n', (size_t)(end - text));
        char copy[512];
        size_t n = (size_t)((eol ? eol : end) - text);

        snprintf(copy, sizeof copy, "%.*s", (int)(n < 511 ? n : 511), text);
        if (line >= from && is_key_at(copy, key))
            return line;
        if (!eol)
            break;
        text = eol + 1;
    }
    return 0;
}

static const struct phrase {
    const char *start;
    const char *what;  /* what to say; NULL: `before` and libcyaml's rest */
    int names_the_key; /* the rest is the key */
    const char *before;
} phrases[] = {
    {"Unexpected key: ",
     "unknown key; look for a misspelling, the keys are in docs/", 1, NULL},
    {"Missing required mapping field: ", "missing; add it", 1, NULL},
    {"Mapping field already seen: ", "given twice; keep one of them", 1, NULL},
    {"STRING length < ", "empty; give a value or leave it out", 0, NULL},
    {"STRING length > ", "too long", 0, NULL},
    {"Insufficient entries", "too few elements", 0, NULL},
    {"Excessive entries", "too many elements", 0, NULL},
    {"Expecting STRING", "one text belongs here, not a list or a mapping", 0,
     NULL},
    {"Expecting SEQUENCE", "a list belongs here, as [a, b]", 0, NULL},
    {"Expecting MAPPING", "keys and values belong here, as {key: value}", 0,
     NULL},
    {"libyaml: ", NULL, 0, "not valid YAML, here or just after: "},
};

/* The number of " (N max)", as "Excessive entries" goes on. */
static int read_most(const char *text, unsigned long *most)
{
    char *end;

    text += strspn(text, " ");
    if (*text != '(')
        return 0;
    *most = strtoul(text + 1, &end, 10);
    return end != text + 1;
}

/* libcyaml's words to ours. A key that is not known or comes again stands at or
 * after the place that libcyaml names. */
static void translate(struct log *log, const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < sizeof phrases / sizeof *phrases; i++) {
        const struct phrase *p = &phrases[i];
        char rest[sizeof log->what];
        unsigned long most;
        int line;

        if (strncmp(log->what, p->start, strlen(p->start)) != 0)
            continue;
        snprintf(rest, sizeof rest, "%s", log->what + strlen(p->start));
        if (p->names_the_key) {
            snprintf(log->key, sizeof log->key, "%.100s", rest);
            line = line_from(data, size, log->line, log->key);
            log->line = line ? line : log->line;
        }
        snprintf(log->what, sizeof log->what, "%s%.180s",
                 p->what ? p->what : p->before, p->what ? "" : rest);
        if (read_most(rest, &most))
            snprintf(log->what, sizeof log->what, "%s: at most %lu", p->what,
                     most);
        return;
    }
}

static void report(const char *name, const uint8_t *data, size_t size,
                   struct log *log, cyaml_err_t error)
{
    if (!*log->what)
        snprintf(log->what, sizeof log->what, "%s", cyaml_strerror(error));
    translate(log, data, size);
    diag("%s:%d: %s%s%s", name, log->line ? log->line : 1, log->key,
         *log->key ? ": " : "", log->what);
}

int yaml_read(const char *name, const uint8_t *data, size_t size,
              const cyaml_schema_value_t *schema, void **out)
{
    struct log log = {0};
    cyaml_config_t config = {
        .log_fn = log_line,
        .log_ctx = &log,
        .mem_fn = cyaml_mem,
        .log_level = CYAML_LOG_WARNING,
        .flags = CYAML_CFG_NO_ALIAS,
    };
    const char *refused;
    cyaml_err_t error;
    int line;

    *out = NULL;
    if (size > MAX_SIZE) {
        diag("%s: larger than %d bytes", name, MAX_SIZE);
        return -1;
    }
    refused = yaml_text_refused(data, size, &line);
    if (refused) {
        diag("%s:%d: %s", name, line, refused);
        return -1;
    }
    error = cyaml_load_data(data, size, &config, schema, out, NULL);
    if (error != CYAML_OK) {
        report(name, data, size, &log, error);
        return -1;
    }
    if (!*out) {
        diag("%s:1: empty", name);
        return -1;
    }
    return 0;
}

void yaml_release(const cyaml_schema_value_t *schema, void *value)
{
    cyaml_config_t config = {
        .mem_fn = cyaml_mem,
        .log_level = CYAML_LOG_ERROR,
    };

    if (value)
        cyaml_free(&config, schema, value, 0);
}
