/* Loads and checks the catalog. Must not know keys on disk or minting. */
#include "pki/catalog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/quantity.h"
#include "base/yaml.h"

struct catalog_file {
    char *family;
    struct catalog_text *certificates;
    unsigned certificates_count;
    char *path; /* of the file itself */
};

static const cyaml_schema_field_t name_part_fields[] = {
    CYAML_FIELD_STRING_PTR("type", CYAML_FLAG_POINTER, struct name_part, type,
                           1, 64),
    CYAML_FIELD_STRING_PTR("value", CYAML_FLAG_POINTER, struct name_part, value,
                           0, 256),
    CYAML_FIELD_STRING_PTR("string", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
                           struct name_part, string, 1, 16),
    CYAML_FIELD_END,
};
const cyaml_schema_value_t name_part_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct name_part, name_part_fields),
};

static const cyaml_schema_value_t word_schema = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 0, CYAML_UNLIMITED),
};

static const cyaml_schema_field_t real_fields[] = {
    CYAML_FIELD_STRING_PTR("certificate_sha256", CYAML_FLAG_POINTER,
                           struct real_fingerprints, certificate_sha256, 64,
                           64),
    CYAML_FIELD_STRING_PTR("spki_sha256", CYAML_FLAG_POINTER,
                           struct real_fingerprints, spki_sha256, 64, 64),
    CYAML_FIELD_END,
};

#define TEXT(field)                                                            \
    CYAML_FIELD_STRING_PTR(#field, CYAML_FLAG_POINTER, struct catalog_text,    \
                           field, 1, CYAML_UNLIMITED)
#define MAYBE(field)                                                           \
    CYAML_FIELD_STRING_PTR(#field, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,   \
                           struct catalog_text, field, 1, CYAML_UNLIMITED)

static const cyaml_schema_field_t text_fields[] = {
    TEXT(name),
    CYAML_FIELD_SEQUENCE("subject", CYAML_FLAG_POINTER, struct catalog_text,
                         subject, &name_part_schema, 1, 32),
    TEXT(key),
    MAYBE(key_of),
    TEXT(issuer),
    TEXT(serial),
    TEXT(not_before),
    TEXT(not_after),
    TEXT(signature),
    CYAML_FIELD_SEQUENCE("extensions", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
                         struct catalog_text, extensions, &extension_schema, 0,
                         64),
    CYAML_FIELD_SEQUENCE("inferred", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
                         struct catalog_text, inferred, &word_schema, 0, 32),
    TEXT(source),
    MAYBE(note),
    CYAML_FIELD_MAPPING_PTR("real", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
                            struct catalog_text, real, real_fields),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t text_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct catalog_text, text_fields),
};

static const cyaml_schema_field_t file_fields[] = {
    CYAML_FIELD_STRING_PTR("family", CYAML_FLAG_POINTER, struct catalog_file,
                           family, 1, 64),
    CYAML_FIELD_SEQUENCE("certificates", CYAML_FLAG_POINTER,
                         struct catalog_file, certificates, &text_schema, 1,
                         CYAML_UNLIMITED),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t file_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct catalog_file, file_fields),
};

static int put_attribute(struct asn1_buf *b, const struct name_part *part)
{
    static const char *const types[][2] = {
        {"C", "2.5.4.6"},  {"ST", "2.5.4.8"},  {"L", "2.5.4.7"},
        {"O", "2.5.4.10"}, {"OU", "2.5.4.11"}, {"CN", "2.5.4.3"}};
    static const struct {
        const char *name;
        uint8_t tag;
    } strings[] = {
        {"printable", 0x13}, {"utf8", 0x0c}, {"teletex", 0x14}, {"ia5", 0x16}};
    const char *oid = part->type;
    uint8_t tag = part->string == NULL ? 0x13 : 0;

    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(part->type, types[i][0]) == 0)
            oid = types[i][1];
    for (size_t i = 0; part->string && i < sizeof strings / sizeof *strings;
         i++)
        if (strcmp(part->string, strings[i].name) == 0)
            tag = strings[i].tag;
    if (tag == 0 || asn1_put_oid(b, oid) != 0)
        return -1;
    asn1_put_element(b, tag, part->value, strlen(part->value));
    return 0;
}

int catalog_put_name(struct asn1_buf *b, const struct name_part *parts,
                     size_t count)
{
    size_t name = asn1_open(b, ASN1_TAG_SEQUENCE);

    for (size_t i = 0; i < count; i++) {
        size_t rdn = asn1_open(b, ASN1_TAG_SET);
        size_t attribute = asn1_open(b, ASN1_TAG_SEQUENCE);

        if (put_attribute(b, &parts[i]) != 0)
            return -1;
        asn1_close(b, attribute);
        asn1_close(b, rdn);
    }
    asn1_close(b, name);
    return 0;
}

static int fault(const char *path, const struct catalog_text *t,
                 const char *key, const char *value)
{
    diag("%s: %s: %s: '%s' is not valid", path, t->name, key,
         value ? value : "");
    return -1;
}

static int extensions_check(const char *path, const struct catalog_text *t)
{
    struct extension_context context = {0};
    struct asn1_buf b = {0};
    char why[120];
    int status = 0;

    for (unsigned i = 0; i < t->extensions_count && status == 0; i++)
        status = extension_put(&b, &t->extensions[i], &context, why);
    if (status != 0)
        diag("%s: %s: %s", path, t->name, why);
    asn1_clear(&b);
    return status;
}

static int entry_fill(const char *path, const struct catalog_text *t,
                      struct catalog_entry *e)
{
    e->text = t;
    e->signature = algorithm_by_name(t->signature);
    if (e->signature == NULL)
        return fault(path, t, "signature", t->signature);
    if (key_kind_parse(t->key, &e->key_kind) != 0)
        return fault(path, t, "key", t->key);
    if (time_parse(t->not_before, &e->not_before) != 0)
        return fault(path, t, "not_before", t->not_before);
    if (time_parse(t->not_after, &e->not_after) != 0 ||
        e->not_after < e->not_before)
        return fault(path, t, "not_after", t->not_after);
    if (asn1_put_hex(&e->serial, t->serial) != 0 || e->serial.size == 0)
        return fault(path, t, "serial", t->serial);
    if (catalog_put_name(&e->subject, t->subject, t->subject_count) != 0)
        return fault(path, t, "subject", NULL);
    return extensions_check(path, t);
}

static int file_add(struct catalog *c, const char *path)
{
    struct catalog_file *f = NULL;
    struct catalog_entry *entries;
    struct catalog_file **files;
    uint8_t *data = NULL;
    size_t size;
    int status = -1;

    if (file_read(path, 0, &data, &size) != 0)
        return -1;
    if (yaml_read(path, data, size, &file_schema, (void **)&f) != 0)
        goto out;
    files =
        realloc(c->files, (c->files_count + 1) * sizeof(struct catalog_file *));
    if (files == NULL) {
        yaml_release(&file_schema, f);
        goto out;
    }
    c->files = files;
    c->files[c->files_count++] = f;
    f->path = format("%s", path);
    if (f->path == NULL)
        goto out;
    entries = realloc(c->entries,
                      (c->count + f->certificates_count) * sizeof *c->entries);
    if (entries == NULL)
        goto out;
    c->entries = entries;
    status = 0;
    for (unsigned i = 0; i < f->certificates_count && status == 0; i++) {
        struct catalog_entry *e = &c->entries[c->count];

        memset(e, 0, sizeof *e);
        if (catalog_find(c, f->certificates[i].name) != NULL)
            status = fault(path, &f->certificates[i], "name", "given twice");
        e->path = f->path;
        c->count++;
        if (status == 0)
            status = entry_fill(path, &f->certificates[i], e);
    }
out:
    free(data);
    return status;
}

/* Names to pointers, once all entries stand where they stay. */
static int entry_link(const struct catalog *c, struct catalog_entry *e)
{
    const struct catalog_text *t = e->text;

    e->issuer = strcmp(t->issuer, "self") ? catalog_find(c, t->issuer) : e;
    if (e->issuer == NULL)
        return fault(e->path, t, "issuer", t->issuer);
    e->key = t->key_of ? catalog_find(c, t->key_of) : e;
    if (e->key == NULL || e->key->text->key_of != NULL ||
        !key_kind_equal(&e->key->key_kind, &e->key_kind))
        return e->key == e ? 0 : fault(e->path, t, "key_of", t->key_of);
    return 0;
}

struct catalog *catalog_load(const char *dir)
{
    struct catalog *c = calloc(1, sizeof *c);
    char **paths = NULL;
    size_t count = 0;
    int status = -1;

    if (c == NULL || file_find(dir, ".yaml", &paths, &count) != 0)
        goto out;
    status = 0;
    if (count == 0) {
        diag("%s: no catalog file (*.yaml)", dir);
        status = -1;
    }
    for (size_t i = 0; i < count && status == 0; i++)
        status = file_add(c, paths[i]);
    for (size_t i = 0; i < c->count && status == 0; i++)
        status = entry_link(c, &c->entries[i]);
out:
    strings_free(paths);
    if (status != 0) {
        catalog_free(c);
        return NULL;
    }
    return c;
}

void catalog_free(struct catalog *c)
{
    if (c == NULL)
        return;
    for (size_t i = 0; i < c->count; i++) {
        asn1_clear(&c->entries[i].serial);
        asn1_clear(&c->entries[i].subject);
    }
    for (size_t i = 0; i < c->files_count; i++) {
        free(c->files[i]->path); /* not in the schema */
        yaml_release(&file_schema, c->files[i]);
    }
    free(c->files);
    free(c->entries);
    free(c);
}

const struct catalog_entry *catalog_find(const struct catalog *c,
                                         const char *name)
{
    for (size_t i = 0; i < c->count; i++)
        if (strcmp(c->entries[i].text->name, name) == 0)
            return &c->entries[i];
    return NULL;
}

const struct catalog_entry *catalog_by_sha256(const struct catalog *c,
                                              const char *hex, int *is_spki)
{
    for (size_t i = 0; i < c->count; i++) {
        const struct real_fingerprints *real = c->entries[i].text->real;

        *is_spki = 0;
        if (real != NULL && strcasecmp(real->certificate_sha256, hex) == 0)
            return &c->entries[i];
        *is_spki = 1;
        if (real != NULL && strcasecmp(real->spki_sha256, hex) == 0)
            return &c->entries[i];
    }
    return NULL;
}

/* How many letters of `wrong` come in this order in `name`, less what differs
 * in length: crude, and enough for a slip of the finger. */
static int likeness(const char *name, const char *wrong)
{
    int score = 0;
    const char *at = name;

    for (const char *w = wrong; *w != '\0'; w++) {
        const char *hit = strchr(at, *w);

        if (hit != NULL) {
            score += hit == at ? 3 : 1;
            at = hit + 1;
        }
    }
    return score - abs((int)strlen(name) - (int)strlen(wrong));
}

void catalog_near(const struct catalog *c, const char *wrong, char out[256])
{
    const struct catalog_entry *best[3] = {0};

    for (size_t i = 0; i < c->count; i++) {
        const struct catalog_entry *e = &c->entries[i];

        for (int k = 0; k < 3 && e != NULL; k++) {
            const struct catalog_entry *had = best[k];

            if (had == NULL || likeness(e->text->name, wrong) >
                                   likeness(had->text->name, wrong)) {
                best[k] = e;
                e = had;
            }
        }
    }
    snprintf(out, 256, "%s, %s or %s", best[0] ? best[0]->text->name : "-",
             best[1] ? best[1]->text->name : "-",
             best[2] ? best[2]->text->name : "-");
}

size_t catalog_key_id(const struct catalog_entry *e, uint8_t out[64])
{
    size_t size = 0;

    for (unsigned i = 0; i < e->text->extensions_count; i++) {
        const struct extension *x = &e->text->extensions[i];
        struct asn1_buf b = {0};

        if (x->name == NULL || strcmp(x->name, "subject-key-id") != 0 ||
            x->value_count == 0)
            continue;
        if (asn1_put_hex(&b, x->value[0]) == 0 && b.size <= 64) {
            size = b.size;
            memcpy(out, b.data, size);
        }
        asn1_clear(&b);
    }
    return size;
}
