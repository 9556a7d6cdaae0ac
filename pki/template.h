/* Leaf templates (pki/templates/ *.yaml): what a server or client certificate
 * of one sort looks like. Const once loaded. */
#ifndef PKI_TEMPLATE_H
#define PKI_TEMPLATE_H

#include "pki/catalog.h"

/* In `names` and in subject values, {endpoint} stands for the endpoint's host
 * name, {wildcard} for it with * as its first label, {name} for the first
 * dNSName. */
struct template
{
    char *template, *title, *source;
    struct name_part *subject;
    unsigned subject_count;
    char **names; /* dNSNames */
    unsigned names_count;
    char *not_before, *not_after; /* a time, or relative to the state's clock */
    struct extension *extensions;
    unsigned extensions_count;
};

struct templates {
    struct template **list;
    size_t count;
};

/* Reads all files of a folder. NULL on failure, reported. */
struct templates *template_load(const char *dir);
void template_free(struct templates *t);
/* NULL if there is none. */
const struct template *template_find(const struct templates *t,
                                     const char *name);
/* A value with its placeholders filled in, malloc'd; NULL when memory is out.
 * name may be NULL while names are being made. */
char *template_expand(const char *value, const char *endpoint,
                      const char *name);

#endif
