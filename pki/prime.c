/* Sieve, then Miller-Rabin, with the conditions of FIPS 186-4 appendix B.3.3.
 * Knows nothing of files and names. */
#include "pki/prime.h"

#include <pthread.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>

enum {
    SMALL_LIMIT = 1 << 17, /* primes below are sieved out */
    SMALL_COUNT = 12250,   /* how many there are, without 2 */
    SPAN = 1 << 14,        /* odd numbers looked at from one random start */
};

static uint32_t small[SMALL_COUNT];
static pthread_once_t small_once = PTHREAD_ONCE_INIT;

static void small_fill(void)
{
    static uint8_t composite[SMALL_LIMIT];
    size_t n = 0;

    for (uint32_t i = 3; i < SMALL_LIMIT; i += 2) {
        if (composite[i])
            continue;
        small[n++] = i;
        for (uint64_t j = (uint64_t)i * i; j < SMALL_LIMIT; j += 2 * i)
            composite[j] = 1;
    }
}

/* Rounds with random bases for an error below 2^-112 (FIPS 186-4 table C.3). */
static int rounds_for(int bits)
{
    return bits >= 1536 ? 4 : bits >= 1024 ? 5 : bits >= 512 ? 7 : 16;
}

struct tester { /* n - 1 = odd * 2^shift */
    BIGNUM *minus_1, *odd, *base, *x;
    int shift;
    BN_MONT_CTX *mont;
    BN_CTX *ctx;
};

/* One round, with base 2 (for which libcrypto has a faster way) or t->base.
 * 1: n may be prime, 0: it is not, -1: memory is out. */
static int round_passes(struct tester *t, const BIGNUM *n, int base_2)
{
    if (base_2 ? !BN_mod_exp_mont_word(t->x, 2, t->odd, n, t->ctx, t->mont)
               : !BN_mod_exp_mont(t->x, t->base, t->odd, n, t->ctx, t->mont))
        return -1;
    if (BN_is_one(t->x) || BN_cmp(t->x, t->minus_1) == 0)
        return 1;
    for (int i = 1; i < t->shift; i++) {
        if (!BN_mod_sqr(t->x, t->x, n, t->ctx))
            return -1;
        if (BN_cmp(t->x, t->minus_1) == 0)
            return 1;
    }
    return 0;
}

/* Base 2 first, which nearly no composite number passes. As round_passes. */
static int is_prime(struct tester *t, const BIGNUM *n)
{
    int rounds = rounds_for(BN_num_bits(n));
    int passes;

    if (!BN_copy(t->minus_1, n) || !BN_sub_word(t->minus_1, 1))
        return -1;
    for (t->shift = 1; !BN_is_bit_set(t->minus_1, t->shift);)
        t->shift++;
    if (!BN_rshift(t->odd, t->minus_1, t->shift) ||
        !BN_MONT_CTX_set(t->mont, n, t->ctx))
        return -1;
    passes = round_passes(t, n, 1);
    for (int i = 0; i < rounds && passes == 1; i++) {
        if (!BN_priv_rand_range(t->base, t->minus_1))
            return -1;
        if (BN_is_zero(t->base) || BN_is_one(t->base))
            BN_set_word(t->base, 3);
        passes = round_passes(t, n, 0);
    }
    return passes;
}

/* Marks i where start + 2 i has a small factor. */
static void sieve(const BIGNUM *start, uint8_t composite[static SPAN])
{
    memset(composite, 0, SPAN);
    for (size_t k = 0; k < SMALL_COUNT; k++) {
        uint32_t s = small[k];
        uint32_t r = (uint32_t)BN_mod_word(start, s);
        uint32_t gap = r == 0 ? 0 : s - r;
        uint32_t i = (gap % 2 == 0 ? gap : gap + s) / 2;

        for (; i < SPAN; i += s)
            composite[i] = 1;
    }
}

/* p - 1 must have no factor in common with the exponent (B.3.3 step 4.4). */
static int fits_exponent(struct tester *t, const BIGNUM *p, const BIGNUM *e)
{
    return BN_copy(t->minus_1, p) && BN_sub_word(t->minus_1, 1) &&
           BN_gcd(t->x, t->minus_1, e, t->ctx) && BN_is_one(t->x);
}

/* A prime of exactly `bits` bits, the two highest set: then p > 2^(bits - 1/2)
 * (B.3.3 step 4.4) and the product of two has all its bits. 0 or -1. */
static int prime_find(struct tester *t, BIGNUM *out, int bits, const BIGNUM *e)
{
    uint8_t composite[SPAN];
    BIGNUM *start = BN_new();
    int found = 0;

    while (start != NULL && found == 0) {
        if (!BN_priv_rand(start, bits, BN_RAND_TOP_TWO, BN_RAND_BOTTOM_ODD))
            break;
        sieve(start, composite);
        for (unsigned i = 0; i < SPAN && found == 0; i++) {
            if (composite[i])
                continue;
            if (!BN_copy(out, start) || !BN_add_word(out, 2 * i))
                found = -1;
            else if (BN_num_bits(out) > bits)
                break;
            else
                found = is_prime(t, out);
            if (found == 1 && !fits_exponent(t, out, e))
                found = 0;
        }
    }
    BN_free(start);
    return found == 1 ? 0 : -1;
}

struct rsa { /* n, e, d, p, q, d mod p-1, d mod q-1, 1/q mod p */
    BIGNUM *n, *e, *d, *p, *q, *dp, *dq, *qinv;
};

/* |p - q| > 2^(bits/2 - 100) (B.3.3 step 5.4); p is the larger one. */
static int far_apart(struct rsa *r, BIGNUM *difference, int bits)
{
    if (BN_cmp(r->p, r->q) < 0)
        BN_swap(r->p, r->q);
    return BN_sub(difference, r->p, r->q) &&
           BN_num_bits(difference) > bits / 2 - 100;
}

/* The private numbers; d > 2^(bits/2) (B.3.1). 1 or 0. */
static int rsa_derive(struct rsa *r, int bits, BN_CTX *ctx)
{
    int ok;
    BIGNUM *p1, *q1, *gcd, *lcm;

    BN_CTX_start(ctx);
    p1 = BN_CTX_get(ctx);
    q1 = BN_CTX_get(ctx);
    gcd = BN_CTX_get(ctx);
    lcm = BN_CTX_get(ctx);
    ok = lcm != NULL && BN_mul(r->n, r->p, r->q, ctx) &&
         BN_sub(p1, r->p, BN_value_one()) && BN_sub(q1, r->q, BN_value_one()) &&
         BN_gcd(gcd, p1, q1, ctx) && BN_mul(lcm, p1, q1, ctx) &&
         BN_div(lcm, NULL, lcm, gcd, ctx) &&
         BN_mod_inverse(r->d, r->e, lcm, ctx) && BN_mod(r->dp, r->d, p1, ctx) &&
         BN_mod(r->dq, r->d, q1, ctx) &&
         BN_mod_inverse(r->qinv, r->q, r->p, ctx) &&
         BN_num_bits(r->d) > bits / 2 && BN_num_bits(r->n) == bits;
    BN_CTX_end(ctx);
    return ok;
}

static EVP_PKEY *pkey_build(const char *type, const struct rsa *r)
{
    EVP_PKEY *pkey = NULL;
    OSSL_PARAM *params = NULL;
    OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);

    if (bld == NULL || ctx == NULL ||
        !OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, r->n) ||
        !OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, r->e) ||
        !OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_D, r->d) ||
        !OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_FACTOR1, r->p) ||
        !OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_FACTOR2, r->q) ||
        !OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_EXPONENT1, r->dp) ||
        !OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_EXPONENT2, r->dq) ||
        !OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_COEFFICIENT1, r->qinv))
        goto out;
    params = OSSL_PARAM_BLD_to_param(bld);
    if (params == NULL || EVP_PKEY_fromdata_init(ctx) <= 0 ||
        EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_KEYPAIR, params) <= 0)
        pkey = NULL;
out:
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(bld);
    EVP_PKEY_CTX_free(ctx);
    return pkey;
}

EVP_PKEY *prime_rsa(const char *type, int bits, unsigned long exponent)
{
    EVP_PKEY *pkey = NULL;
    BN_CTX *ctx = BN_CTX_new();
    BN_MONT_CTX *mont = BN_MONT_CTX_new();
    struct tester t = {.ctx = ctx, .mont = mont};
    struct rsa r;

    if (ctx == NULL || mont == NULL || bits < PRIME_MIN_RSA ||
        bits > PRIME_MAX_RSA || exponent < 3 || exponent % 2 == 0 ||
        pthread_once(&small_once, small_fill) != 0)
        goto out;
    BN_CTX_start(ctx);
    t.minus_1 = BN_CTX_get(ctx);
    t.odd = BN_CTX_get(ctx);
    t.base = BN_CTX_get(ctx);
    t.x = BN_CTX_get(ctx);
    r = (struct rsa){BN_CTX_get(ctx), BN_CTX_get(ctx), BN_CTX_get(ctx),
                     BN_CTX_get(ctx), BN_CTX_get(ctx), BN_CTX_get(ctx),
                     BN_CTX_get(ctx), BN_CTX_get(ctx)};
    if (r.qinv == NULL || !BN_set_word(r.e, exponent))
        goto end;
    do {
        if (prime_find(&t, r.p, (bits + 1) / 2, r.e) != 0 ||
            prime_find(&t, r.q, bits / 2, r.e) != 0)
            goto end;
    } while (!far_apart(&r, t.x, bits));
    if (rsa_derive(&r, bits, ctx))
        pkey = pkey_build(type, &r);
end:
    BN_CTX_end(ctx);
out:
    BN_MONT_CTX_free(mont);
    BN_CTX_free(ctx);
    return pkey;
}
