/* Loads scenarios and devices and filters them. Must not know certificates or
 * processes. */
#include "lab/selection.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/near.h"

static int is_path(const char *text)
{
    size_t n = strlen(text);

    return strchr(text, '/') || (n > 5 && !strcmp(text + n - 5, ".yaml")) ||
           file_is_dir(text);
}

int selection_is_builtin(const char *file, const char *folder)
{
    char *base = home_dir() ? format("%s/%s", home_dir(), folder) : NULL;
    char *real_base = base ? realpath(base, NULL) : NULL;
    char *real = file ? realpath(file, NULL) : NULL;
    size_t n = real_base ? strlen(real_base) : 0;
    int yes = n && real && !strncmp(real, real_base, n) && real[n] == '/';

    free(base);
    free(real_base);
    free(real);
    return yes;
}

static int push_scenario(struct selection *s, struct scenario *item)
{
    struct scenario **grown =
        realloc(s->scenarios, (s->scenarios_count + 1) * sizeof(void *));

    if (!grown) {
        diag("out of memory");
        return -1;
    }
    s->scenarios = grown;
    grown[s->scenarios_count++] = item;
    return 0;
}

static int push_device(struct selection *s, struct device *item)
{
    struct device **grown =
        realloc(s->devices, (s->devices_count + 1) * sizeof(void *));

    if (!grown) {
        diag("out of memory");
        return -1;
    }
    s->devices = grown;
    grown[s->devices_count++] = item;
    return 0;
}

/* Calls add for a file, or for each YAML file of a folder. */
static int each_file(struct selection *s, const char *path,
                     int (*add)(struct selection *, const char *))
{
    char **files = NULL;
    size_t count = 0;
    int status = 0;

    if (!file_is_dir(path))
        return add(s, path);
    if (file_find(path, ".yaml", &files, &count))
        return -1;
    for (size_t i = 0; i < count && status == 0; i++)
        status = add(s, files[i]);
    strings_free(files);
    return status;
}

enum { SCENARIOS, DEVICES };

/* Notes an id and the file that it is of. 0; 1: that file was read before; -1
 * reported. */
static int name_add(struct selection *s, int which, const char *id,
                    const char *file)
{
    static const char *const words[] = {"scenario", "device"};
    static const char *const others[] = {"", "one in "};
    void **place = map_place(&s->names[which], id, strlen(id));
    const char *before = place ? *place : NULL;

    if (before && !strcmp(before, file))
        return 1;
    if (before) {
        diag("%s: %s: %s is also the name of %s%s", file, words[which], id,
             others[which], before);
        return -1;
    }
    if (place && (*place = strdup(file)))
        return 0;
    diag("out of memory");
    return -1;
}

static int add_scenario(struct selection *s, const char *path)
{
    struct scenario *loaded = scenario_load(path);
    int status;

    if (!loaded)
        return -1;
    status = name_add(s, SCENARIOS, loaded->id, loaded->file);
    if (status == 0 && push_scenario(s, loaded) == 0)
        return 0;
    scenario_free(loaded);
    return status == 1 ? 0 : -1;
}

/* `device:` and one of its stacks become the id; the stacks list becomes that
 * one. */
static int device_expand(struct device *d, size_t stack)
{
    char *id = format("%s-%s", d->id, d->stacks[stack]);
    char *kept = d->stacks[0];

    if (!id)
        return -1;
    free(d->id);
    d->id = id;
    d->stacks[0] = d->stacks[stack];
    d->stacks[stack] = kept;
    kept = d->clients[0];
    d->clients[0] = d->clients[stack];
    d->clients[stack] = kept;
    for (size_t i = 1; i < d->stacks_count; i++) {
        free(d->stacks[i]);
        free(d->clients[i]);
    }
    d->stacks_count = 1;
    return 0;
}

static int add_expanded(struct selection *s, const char *path, size_t stack,
                        size_t *stacks)
{
    struct device *d = device_load(path);
    int known = -1;

    if (!d)
        return -1;
    *stacks = d->stacks_count;
    if (*stacks == 0) {
        diag("%s: stack: missing; name at least one stack build", path);
        device_free(d);
        return -1;
    }
    if (device_expand(d, stack) == 0)
        known = name_add(s, DEVICES, d->id, d->file);
    if (known == 0 && push_device(s, d) == 0)
        return 0;
    device_free(d);
    return known == 1 ? 0 : -1;
}

static int add_device(struct selection *s, const char *path)
{
    size_t stacks = 1;

    for (size_t i = 0; i < stacks; i++)
        if (add_expanded(s, path, i, &stacks))
            return -1;
    return 0;
}

static int load_builtin(struct selection *s, const char *folder,
                        int (*add)(struct selection *, const char *))
{
    char *path = format("%s/%s", home_dir(), folder);
    int status = path ? each_file(s, path, add) : -1;

    free(path);
    return status;
}

static int wants_builtin(char *const *list)
{
    if (!list)
        return 1;
    for (; *list; list++)
        if (!is_path(*list))
            return 1;
    return 0;
}

/* Does one of the patterns mean this device? "name" stands for all its
 * stacks. */
static int device_matches(const struct device *d, const char *pattern)
{
    const char *stack = d->stacks_count ? d->stacks[0] : "";
    size_t n = strlen(d->id), m = strlen(stack);
    char *base;
    int yes;

    if (fnmatch(pattern, d->id, 0) == 0)
        return 1;
    base = n > m + 1 ? strndup(d->id, n - m - 1) : NULL;
    yes = base && fnmatch(pattern, base, 0) == 0;
    free(base);
    return yes;
}

static int is_from(const char *file, const char *path)
{
    size_t n = strlen(path);

    while (n > 1 && path[n - 1] == '/')
        n--;
    return !strncmp(file, path, n) && (file[n] == '\0' || file[n] == '/');
}

static int keep_device(const struct device *d, char *const *list)
{
    for (; list && *list; list++)
        if (is_path(*list) ? is_from(d->file, *list) : device_matches(d, *list))
            return 1;
    return list == NULL;
}

static int keep_scenario(const struct scenario *sc, char *const *list)
{
    for (; list && *list; list++)
        if (is_path(*list) ? is_from(sc->file, *list)
                           : fnmatch(*list, sc->id, 0) == 0)
            return 1;
    return list == NULL;
}

/* Each pattern must have meant something. */
static int scenarios_filter(struct selection *s, char *const *list)
{
    size_t kept = 0;

    for (char *const *l = list; l && *l; l++) {
        char *one[] = {*l, NULL};
        struct near near;
        int hit = 0;

        near_init(&near, *l);
        for (size_t i = 0; i < s->scenarios_count; i++) {
            hit |= keep_scenario(s->scenarios[i], one);
            near_offer(&near, s->scenarios[i]->id);
        }
        if (!hit) {
            diag("--scenario %s: no scenario has this name%s", *l,
                 near_text(&near));
            return -1;
        }
    }
    for (size_t i = 0; i < s->scenarios_count; i++) {
        if (keep_scenario(s->scenarios[i], list))
            s->scenarios[kept++] = s->scenarios[i];
        else
            scenario_free(s->scenarios[i]);
    }
    s->scenarios_count = kept;
    return 0;
}

static int devices_check(const struct selection *s, char *const *list)
{
    for (; list && *list; list++) {
        char *one[] = {*list, NULL};
        struct near near;
        int hit = 0;

        near_init(&near, *list);
        for (size_t i = 0; i < s->devices_count; i++) {
            hit |= keep_device(s->devices[i], one);
            near_offer(&near, s->devices[i]->id);
        }
        if (!hit) {
            diag("--device %s: no device has this name%s", *list,
                 near_text(&near));
            return -1;
        }
    }
    return 0;
}

static int stack_selected(const struct device *d, char *const *stacks)
{
    for (; stacks && *stacks; stacks++)
        if (!strcmp(*stacks, d->stacks[0]))
            return 1;
    return stacks == NULL;
}

/* Each --stack must mean one of the devices. */
static int stacks_check(const struct selection *s, char *const *stacks)
{
    for (; stacks && *stacks; stacks++) {
        struct near near;
        int hit = 0;

        near_init(&near, *stacks);
        for (size_t i = 0; i < s->devices_count; i++) {
            hit |= !strcmp(*stacks, s->devices[i]->stacks[0]);
            near_offer(&near, s->devices[i]->stacks[0]);
        }
        if (!hit) {
            diag("--stack %s: no device that was named is for it%s", *stacks,
                 near_text(&near));
            return -1;
        }
    }
    return 0;
}

static int devices_filter(struct selection *s, char *const *list,
                          char *const *stacks)
{
    size_t kept = 0;

    if (devices_check(s, list) || stacks_check(s, stacks))
        return -1;
    for (size_t i = 0; i < s->devices_count; i++) {
        if (keep_device(s->devices[i], list) &&
            stack_selected(s->devices[i], stacks))
            s->devices[kept++] = s->devices[i];
        else
            device_free(s->devices[i]);
    }
    s->devices_count = kept;
    if (kept == 0) {
        diag("no device is left: none of those selected is for the stacks of "
             "--stack");
        return -1;
    }
    return 0;
}

static int load_listed(struct selection *s, char *const *list,
                       int (*add)(struct selection *, const char *),
                       const char *folder)
{
    if (wants_builtin(list) && load_builtin(s, folder, add))
        return -1;
    for (; list && *list; list++)
        if (is_path(*list) && each_file(s, *list, add))
            return -1;
    return 0;
}

static int load_scenarios(struct selection *s, const struct plan_options *o)
{
    struct scenario *const *extra = o->extra_scenarios;

    int status = 0;

    if (!extra || o->scenarios)
        status = load_listed(s, o->scenarios, add_scenario, "scenarios");
    if (status == 0 && s->scenarios_count > 0)
        status = scenarios_filter(s, o->scenarios);
    s->scenarios_owned = s->scenarios_count;
    if (status)
        return -1;
    for (; extra && *extra; extra++)
        if (push_scenario(s, *extra))
            return -1;
    if (s->scenarios_count == 0) {
        diag("there is no scenario to run");
        return -1;
    }
    return 0;
}

static int load_devices(struct selection *s, const struct plan_options *o)
{
    struct device *const *extra = o->extra_devices;

    int status = 0;

    if (!extra || o->devices)
        status = load_listed(s, o->devices, add_device, "devices");
    if (status == 0 && s->devices_count > 0)
        status = devices_filter(s, o->devices, o->stacks);
    s->devices_owned = s->devices_count;
    if (status)
        return -1;
    for (; extra && *extra; extra++)
        if (push_device(s, *extra))
            return -1;
    if (s->devices_count == 0) {
        diag("there is no device to run");
        return -1;
    }
    return 0;
}

/* "scenario/device" or "scenario/state/device". */
static int pair_mark(struct selection *s, const char *path, int line,
                     const char *text)
{
    const char *slash = strchr(text, '/');
    const char *device = strrchr(text, '/');
    size_t n = slash ? (size_t)(slash - text) : 0;

    for (size_t i = 0; slash && i < s->scenarios_count; i++) {
        if (strlen(s->scenarios[i]->id) != n ||
            strncmp(s->scenarios[i]->id, text, n) != 0)
            continue;
        for (size_t j = 0; j < s->devices_count; j++) {
            if (strcmp(s->devices[j]->id, device + 1) != 0)
                continue;
            s->pairs[i * s->devices_count + j] = 1;
            return 0;
        }
    }
    diag("%s:%d: %s: no such cell (scenario/device)", path, line, text);
    return -1;
}

static int pairs_read(struct selection *s, const char *path)
{
    uint8_t *data = NULL;
    size_t size;
    char *save = NULL;
    int status = 0, line = 0;

    if (file_read(path, 0, &data, &size))
        return -1;
    for (char *t = strtok_r((char *)data, "\n", &save); t && status == 0;
         t = strtok_r(NULL, "\n", &save))
        status = pair_mark(s, path, ++line, t);
    if (status == 0 && line == 0) {
        diag("%s: names no cell", path);
        status = -1;
    }
    free(data);
    return status;
}

static int scenario_used(const struct selection *s, size_t i)
{
    return memchr(s->pairs + i * s->devices_count, 1, s->devices_count) != NULL;
}

static int device_used(const struct selection *s, size_t j)
{
    for (size_t i = 0; i < s->scenarios_count; i++)
        if (s->pairs[i * s->devices_count + j])
            return 1;
    return 0;
}

/* Leaves out scenarios and devices without a cell, so that nothing is minted
 * for them. In-memory ones (borrowed, at the end) always have cells. */
static int pairs_compact(struct selection *s)
{
    size_t rows = 0, columns = s->devices_count, kept = 0;
    unsigned char *used = calloc(columns, 1);

    if (!used)
        return -1;
    for (size_t j = 0; j < columns; j++)
        used[j] = (unsigned char)device_used(s, j);
    for (size_t i = 0; i < s->scenarios_count; i++) {
        if (!scenario_used(s, i)) {
            scenario_free(s->scenarios[i]);
            continue;
        }
        for (size_t j = 0; j < columns; j++)
            if (used[j])
                s->pairs[kept++] = s->pairs[i * columns + j];
        s->scenarios[rows++] = s->scenarios[i];
    }
    s->scenarios_count = s->scenarios_owned = rows;
    s->devices_count = 0;
    for (size_t j = 0; j < columns; j++) {
        if (used[j])
            s->devices[s->devices_count++] = s->devices[j];
        else
            device_free(s->devices[j]);
    }
    s->devices_owned = s->devices_count;
    free(used);
    return 0;
}

int selection_scenarios(struct selection *s, const struct plan_options *o)
{
    memset(s, 0, sizeof *s);
    if (home_dir())
        return load_scenarios(s, o);
    diag("the project's folder (with pki/catalog) is not above the program; "
         "set CHAINBREAK_HOME");
    return -1;
}

static void names_drop(struct selection *s)
{
    for (int i = 0; i < 2; i++)
        map_drop(&s->names[i], free);
}

int selection_init(struct selection *s, const struct plan_options *o)
{
    if (selection_scenarios(s, o) || load_devices(s, o))
        return -1;
    names_drop(s);
    s->pairs = malloc(s->scenarios_count * s->devices_count);
    if (!s->pairs) {
        diag("out of memory");
        return -1;
    }
    memset(s->pairs, o->cells ? 0 : 1, s->scenarios_count * s->devices_count);
    if (!o->cells)
        return 0;
    if (o->extra_devices || o->extra_scenarios) {
        diag("--cells goes with scenarios and devices in files");
        return -1;
    }
    return pairs_read(s, o->cells) ? -1 : pairs_compact(s);
}

void selection_clear(struct selection *s)
{
    names_drop(s);
    for (size_t i = 0; i < s->scenarios_owned; i++)
        scenario_free(s->scenarios[i]);
    for (size_t i = 0; i < s->devices_owned; i++)
        device_free(s->devices[i]);
    free(s->scenarios);
    free(s->devices);
    free(s->pairs);
    memset(s, 0, sizeof *s);
}

int selection_has(const struct selection *s, size_t scenario, size_t device)
{
    return s->pairs[scenario * s->devices_count + device];
}
