/* libcyaml behind one call, with its log lines turned into one message.
 * libcyaml names the line where it stood, which for an unknown key is the line
 * before: so keys are looked up in the text. */
#include "core/yaml.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/diag.h"

enum { MAX_SIZE = 4 << 20 };

struct log {
    char what[256]; /* the first line: what is wrong */
    char key[128];  /* the innermost field of the backtrace */
    int line;
};

static void log_line(cyaml_log_t level, void *context, const char *fmt,
                     va_list args)
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
        log->line = atoi(at + 7);
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
                     const char *key, int top_level)
{
    const char *text = (const char *)data, *end = text + size;

    for (int line = 1; text < end; line++) {
        const char *eol = memchr(text, '\n', (size_t)(end - text));
        char copy[512];
        size_t n = (size_t)((eol ? eol : end) - text);

        snprintf(copy, sizeof copy, "%.*s", (int)(n < 511 ? n : 511), text);
        if (line >= from && (!top_level || copy[0] != ' ') &&
            is_key_at(copy, key))
            return line;
        if (!eol)
            break;
        text = eol + 1;
    }
    return 0;
}

int yaml_line_of(const uint8_t *data, size_t size, const char *key)
{
    return line_from(data, size, 1, key, 1);
}

int yaml_line_of_item(const uint8_t *data, size_t size, const char *key,
                      size_t n)
{
    int from = yaml_line_of(data, size, key);
    const char *text = (const char *)data, *end = text + size;
    size_t indent = 0;

    for (int line = 1; from && text < end; line++) {
        const char *eol = memchr(text, '\n', (size_t)(end - text));
        size_t width = (size_t)((eol ? eol : end) - text), at = 0;

        while (at < width && text[at] == ' ')
            at++;
        if (line > from && at < width && text[at] == '-') {
            if (!indent)
                indent = at + 1;
            if (indent == at + 1 && n-- == 0)
                return line;
        } else if (line > from && at == 0 && width && text[0] != '#') {
            break;
        }
        if (!eol)
            break;
        text = eol + 1;
    }
    return from;
}

/* "Unexpected key: zz" and "Missing required mapping field: a" name the key in
 * the text; other faults have it in the backtrace. */
static void name_key(struct log *log, const uint8_t *data, size_t size)
{
    static const char unexpected[] = "Unexpected key: ";
    static const char missing[] = "Missing required mapping field: ";
    int line;

    if (!strncmp(log->what, unexpected, sizeof unexpected - 1)) {
        snprintf(log->key, sizeof log->key, "%.100s",
                 log->what + sizeof unexpected - 1);
        snprintf(log->what, sizeof log->what,
                 "unknown key; look for a misspelling, the keys are in docs/");
        line = line_from(data, size, log->line ? log->line : 1, log->key, 0);
        log->line = line ? line : log->line;
    } else if (!strncmp(log->what, missing, sizeof missing - 1)) {
        snprintf(log->key, sizeof log->key, "%.100s",
                 log->what + sizeof missing - 1);
        snprintf(log->what, sizeof log->what, "missing; add it");
    }
}

static void report(const char *name, const uint8_t *data, size_t size,
                   struct log *log, cyaml_err_t error)
{
    if (!*log->what)
        snprintf(log->what, sizeof log->what, "%s", cyaml_strerror(error));
    name_key(log, data, size);
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
    cyaml_err_t error;

    *out = NULL;
    if (size > MAX_SIZE) {
        diag("%s: larger than %d bytes", name, MAX_SIZE);
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

int yaml_is_scalar(const uint8_t *data, size_t size, const char *key)
{
    struct {
        char *value;
    } *peek = NULL;
    const cyaml_schema_field_t fields[] = {
        {.key = key,
         .value = {.type = CYAML_STRING,
                   .flags = CYAML_FLAG_POINTER,
                   .data_size = 1,
                   .string = {.min = 0, .max = CYAML_UNLIMITED}}},
        CYAML_FIELD_END,
    };
    const cyaml_schema_value_t schema = {
        .type = CYAML_MAPPING,
        .flags = CYAML_FLAG_POINTER,
        .data_size = sizeof *peek,
        .mapping = {.fields = fields},
    };
    cyaml_config_t config = {
        .mem_fn = cyaml_mem,
        .log_level = CYAML_LOG_ERROR,
        .flags = CYAML_CFG_NO_ALIAS | CYAML_CFG_IGNORE_UNKNOWN_KEYS,
    };
    int scalar = cyaml_load_data(data, size, &config, &schema,
                                 (cyaml_data_t **)&peek, NULL) == CYAML_OK &&
                 peek;

    if (peek)
        cyaml_free(&config, &schema, peek, 0);
    return scalar;
}
