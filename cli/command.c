/* Puts a command together from what plan.json keeps: files of devices and
 * scenarios, or, for the quick form of `run`, the files that its certificates
 * came from. */
#include "cli/command.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "report/document.h"

void command_quote(FILE *to, const char *text)
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

static void option(FILE *to, const char *name, const char *value)
{
    fprintf(to, " --%s ", name);
    command_quote(to, value);
}

/* A certificate of a file is called "file:3"; NULL if this is no such name. */
static char *file_of(const json_t *certificate)
{
    const char *name = document_text(certificate, "name");
    const char *colon = strrchr(name, ':');

    if (!colon || !strchr(name, '/') || !isdigit((unsigned char)colon[1]))
        return NULL;
    return strndup(name, (size_t)(colon - name));
}

/* The option once per file that the certificates are of. */
static void files(FILE *to, const char *name, const json_t *certificates)
{
    json_t *seen = json_object();
    const json_t *c;
    size_t i;

    json_array_foreach(certificates, i, c)
    {
        char *file = file_of(c);

        if (file && !json_object_get(seen, file)) {
            json_object_set_new(seen, file, json_true());
            option(to, name, file);
        }
        free(file);
    }
    json_decref(seen);
}

static void quick_device(FILE *to, const json_t *device)
{
    const json_t *pin;
    size_t i;

    files(to, "trust-store", json_object_get(device, "trust_store"));
    json_array_foreach(json_object_get(device, "pins"), i, pin)
    {
        option(to, "pin", document_text(pin, "sha256"));
    }
    fputs(" --skip-unsupported", to);
}

static const json_t *chain_of(const json_t *state)
{
    const json_t *chains = json_object_get(state, "chains");
    const json_t *rsa = json_object_get(chains, "rsa");

    return json_array_size(rsa) ? rsa : json_object_get(chains, "ecdsa");
}

static void quick_scenario(FILE *to, const json_t *scenario)
{
    const json_t *states = json_object_get(scenario, "states");
    const json_t *first = json_array_get(states, 0);
    const json_t *last = json_array_get(states, json_array_size(states) - 1);

    files(to, "chain-before", chain_of(first));
    files(to, "chain-after", chain_of(last));
    option(to, "name", document_text(first, "endpoint"));
    option(to, "now", document_text(first, "now"));
}

static char *out_of(const char *dir)
{
    size_t length = strlen(dir);

    while (length > 1 && dir[length - 1] == '/')
        length--;
    return format("%.*s.cell", (int)length, dir);
}

void command_print(FILE *to, const json_t *device, const json_t *scenario,
                   const char *dir)
{
    const char *file = document_text(device, "file");
    const char *scenario_file = document_text(scenario, "file");
    char program[4096] = "chainbreak";
    ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
    char *out = out_of(dir);

    if (n > 0)
        program[n] = '\0';
    command_quote(to, program);
    fputs(" run", to);
    if (*scenario_file)
        option(to, "scenario", scenario_file);
    else
        quick_scenario(to, scenario);
    if (*file)
        option(to, "device", file);
    else
        quick_device(to, device);
    option(to, "stack", document_text(device, "stack"));
    if (out)
        option(to, "out", out);
    free(out);
}
