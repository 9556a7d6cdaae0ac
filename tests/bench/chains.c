/* How planning scales with the number of certificates: makes N chains of three,
 * one file each and no two with a key or a name in common but where they must,
 * then twins them all. Prints CPU time and memory per step.
 *   chains FOLDER N    (the files stay; they are made where they are not there)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/file.h"
#include "pki/pki.h"

/* Seconds of CPU: what else runs here does not count. */
static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void step(const char *what, double since)
{
    struct rusage use;

    getrusage(RUSAGE_SELF, &use);
    printf("%-24s %8.2f s of CPU, at most %ld MB\n", what, now() - since,
           use.ru_maxrss / 1024);
}

static void extension_add(X509 *x, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509_EXTENSION *e;

    X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
    e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    X509_add_ext(x, e, -1);
    X509_EXTENSION_free(e);
}

static X509 *cert_new(const char *cn, EVP_PKEY *key, X509 *issuer, EVP_PKEY *by,
                      long serial)
{
    X509 *x = X509_new();
    X509_NAME *name = X509_get_subject_name(x);

    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), serial);
    ASN1_TIME_set(X509_getm_notBefore(x), 1700000000);
    ASN1_TIME_set(X509_getm_notAfter(x), 2000000000);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                               (const unsigned char *)cn, -1, -1, 0);
    X509_set_issuer_name(x, issuer ? X509_get_subject_name(issuer) : name);
    X509_set_pubkey(x, key);
    extension_add(x, issuer ? issuer : x, NID_basic_constraints,
                  strncmp(cn, "leaf", 4) ? "critical,CA:TRUE" : "CA:FALSE");
    extension_add(x, issuer ? issuer : x, NID_subject_key_identifier, "hash");
    if (issuer != NULL)
        extension_add(x, issuer, NID_authority_key_identifier, "keyid");
    X509_sign(x, by, EVP_sha256());
    return x;
}

/* Roots share a name in groups of ten, as corpora of test cases do. */
static void chain_make(const char *path, long number)
{
    EVP_PKEY *keys[3];
    X509 *certs[3];
    FILE *f = fopen(path, "w");

    for (int i = 0; i < 3; i++) {
        char *name = format("%s %ld",
                            i == 0   ? "root"
                            : i == 1 ? "ca"
                                     : "leaf",
                            i == 0 ? number / 10 : number);

        keys[i] = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
        certs[i] = cert_new(name, keys[i], i ? certs[i - 1] : NULL,
                            keys[i ? i - 1 : 0], number * 3 + i);
        free(name);
    }
    for (int i = 2; i >= 0; i--) {
        PEM_write_X509(f, certs[i]);
        X509_free(certs[i]);
        EVP_PKEY_free(keys[i]);
    }
    fclose(f);
}

int main(int argc, char **argv)
{
    long count = argc > 2 ? strtol(argv[2], NULL, 10) : 0;
    char *cache = argc > 2 ? format("%s/cache", argv[1]) : NULL;
    struct pki *p;
    double start = now();

    if (count < 1 || file_mkdirs(argv[1], 0755) != 0)
        return 2;
    for (long i = 0; i < count; i++) {
        char *path = format("%s/%ld.pem", argv[1], i);

        if (!file_exists(path))
            chain_make(path, i);
        free(path);
    }
    step("chains made", start);
    start = now();
    p = pki_new("pki/catalog", "pki/templates", cache);
    if (p == NULL)
        return 2;
    for (long i = 0; i < count; i++) {
        char *path = format("%s/%ld.pem", argv[1], i);
        struct pki_cert **certs;
        size_t n;

        if (pki_want_file(p, path, 0, &certs, &n) != 0)
            return 1;
        free(certs);
        free(path);
    }
    step("wanted", start);
    start = now();
    if (pki_mint(p, 2) != 0)
        return 1;
    step("minted", start);
    pki_free(p);
    free(cache);
    return 0;
}
