/* Two FNV-1a hashes over everything that a trial says. */
#include "diagnose/evidence.h"

#include <string.h>

static const uint64_t prime = 1099511628211U;

static void add(struct evidence *e, const void *data, size_t size)
{
    const uint8_t *p = data;

    for (size_t i = 0; i < size; i++) {
        e->a = (e->a ^ p[i]) * prime;
        e->b = (e->b ^ (uint8_t)(p[i] + 89)) * prime;
    }
}

static void add_text(struct evidence *e, const char *text)
{
    if (text)
        add(e, text, strlen(text));
    add(e, "", 1);
}

static void add_number(struct evidence *e, int64_t n)
{
    add(e, &n, sizeof n);
}

static void add_texts(struct evidence *e, char *const *items, size_t count)
{
    add_number(e, (int64_t)count);
    for (size_t i = 0; i < count; i++)
        add_text(e, items[i]);
}

static void add_list(struct evidence *e, const struct trial_list *l)
{
    add_number(e, (int64_t)l->count);
    for (size_t i = 0; i < l->count; i++)
        add_text(e, pki_certificate_sha256(l->items[i]));
}

static void add_application(struct evidence *e, const struct trial *t)
{
    add_text(e, trial_application(t));
    add_text(e, t->mqtt.client_id);
    add_text(e, t->mqtt.topic);
    add_number(e, t->mqtt.version);
    add_number(e, t->mqtt.keep_alive);
    add_number(e, t->mqtt.payload);
}

static void add_device(struct evidence *e, const struct trial *t)
{
    const struct device_tls *tls = &t->tls;

    add_text(e, tls->min);
    add_text(e, tls->max);
    add_texts(e, tls->suites, tls->suites_count);
    add_texts(e, tls->groups, tls->groups_count);
    add_texts(e, tls->signature_algorithms, tls->signature_algorithms_count);
    add_texts(e, tls->alpn, tls->alpn_count);
    add_number(e, tls->sni);
    add_number(e, tls->resume);
    add_number(e, tls->max_fragment_length);
    add_number(e, (int64_t)tls->ocsp);
    add_number(e, t->verify.chain | t->verify.name << 1 | t->verify.time << 2 |
                      t->verify.partial_chain << 3);
    add_number(e, t->clock);
    add_number(e, t->heap);
    add_number(e, t->max_depth);
    add_number(e, t->max_certificate);
    add_number(e, t->security_level);
    add_text(e, t->name);
    add_list(e, &t->anchors);
    for (size_t i = 0; i < t->settings_count; i++) {
        add_number(e, (int64_t)t->settings[i].trust);
        add_text(e, pki_certificate_sha256(t->settings[i].cert));
    }
    add_list(e, &t->distrusted);
    add_number(e, t->distrusted_after);
    add_application(e, t);
    add_text(e, t->identity ? pki_certificate_sha256(t->identity) : NULL);
    for (size_t i = 0; i < t->pins_count; i++) {
        add_number(e, t->pins[i].what * 4 + (int)t->pins[i].match);
        add_text(e, t->pins[i].hash);
    }
}

static void add_endpoint(struct evidence *e, const struct trial *t)
{
    const struct endpoint_tls *p = &t->policy;

    add_number(e, t->now);
    add_text(e, p->min);
    add_text(e, p->max);
    add_texts(e, p->suites, p->suites_count);
    add_texts(e, p->groups, p->groups_count);
    add_texts(e, p->signature_algorithms, p->signature_algorithms_count);
    add_texts(e, p->alpn, p->alpn_count);
    add_number(e, p->alpn_required);
    add_number(e, p->ignore_max_fragment_length);
    add_number(e, p->max_record);
    add_number(e, p->tickets);
    add_number(e, p->ticket_padding);
    add_number(e, (int64_t)p->staple);
    add_number(e, p->close.how);
    add_number(e, p->close.offers);
    add_number(e, p->close.without_name);
    add_number(e, p->close.hello_over);
    for (int k = 0; k < CHAINS; k++)
        add_list(e, &t->chains[k]);
    add_text(e, t->client_auth);
    add_text(e, t->identity_ca ? pki_certificate_sha256(t->identity_ca) : NULL);
}

struct evidence evidence_of(const struct judgement *j, const struct trial *t,
                            const struct trial *before)
{
    struct evidence e = {14695981039346656037U, 1469598103934665603U};

    add_text(&e, j->scenario);
    add_text(&e, j->stack);
    add_number(&e, j->reason);
    add_number(&e, j->verdict == VERDICT_INSECURE);
    add_device(&e, t);
    add_endpoint(&e, t);
    if (before)
        add_endpoint(&e, before);
    return e;
}
