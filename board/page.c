/* A page on the loopback address that asks for the bench's progress each
 * second. */
#include "board/bench.h"

#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/http.h>

#include "base/diag.h"
#include "board/assets.h"

enum { BODY_MAX = 1024, HEADERS_MAX = 8192, SECONDS = 10 };

struct page {
    struct evhttp *http;
    struct bench *bench;
    int port;
};

/* Takes nothing; the answer is `text` whole. A page of another site may not ask
 * for it by a name of its own that leads here. */
static void answer(struct evhttp_request *req, const char *type,
                   const char *text)
{
    struct evkeyvalq *headers = evhttp_request_get_output_headers(req);
    struct evbuffer *body = evbuffer_new();
    const char *host = evhttp_request_get_host(req);
    int is_ours = host == NULL || strcmp(host, "127.0.0.1") == 0 ||
                  strcmp(host, "localhost") == 0;

    if (evhttp_request_get_command(req) != EVHTTP_REQ_GET || !is_ours ||
        text == NULL || body == NULL ||
        evbuffer_add(body, text, strlen(text)) != 0) {
        evhttp_send_error(req, is_ours ? HTTP_BADMETHOD : HTTP_NOTFOUND, NULL);
    } else {
        evhttp_add_header(headers, "Content-Type", type);
        evhttp_add_header(headers, "Cache-Control", "no-store");
        evhttp_add_header(headers, "Content-Security-Policy",
                          "default-src 'self' 'unsafe-inline'");
        evhttp_send_reply(req, HTTP_OK, "OK", body);
    }
    if (body != NULL)
        evbuffer_free(body);
}

static void on_page(struct evhttp_request *req, void *arg)
{
    (void)arg;
    answer(req, "text/html; charset=utf-8", asset_board_html);
}

static void on_progress(struct evhttp_request *req, void *arg)
{
    const struct page *p = arg;
    char *text = bench_progress(p->bench);

    answer(req, "application/json", text);
    free(text);
}

static int port_of(struct evhttp_bound_socket *bound)
{
    struct sockaddr_in at = {0};
    socklen_t size = sizeof(at);

    return getsockname(evhttp_bound_socket_get_fd(bound),
                       (struct sockaddr *)&at, &size) == 0
               ? ntohs(at.sin_port)
               : 0;
}

struct page *page_new(struct bench *b, int port)
{
    struct page *p = calloc(1, sizeof(*p));
    struct evhttp_bound_socket *bound = NULL;

    if (p == NULL || (p->http = evhttp_new(b->base)) == NULL) {
        diag("out of memory");
        page_free(p);
        return NULL;
    }
    p->bench = b;
    evhttp_set_max_body_size(p->http, BODY_MAX);
    evhttp_set_max_headers_size(p->http, HEADERS_MAX);
    evhttp_set_timeout(p->http, SECONDS);
    evhttp_set_allowed_methods(p->http, EVHTTP_REQ_GET);
    if (evhttp_set_cb(p->http, "/", on_page, p) == 0 &&
        evhttp_set_cb(p->http, "/progress.json", on_progress, p) == 0)
        bound = evhttp_bind_socket_with_handle(p->http, "127.0.0.1",
                                               (uint16_t)port);
    if (bound != NULL && (p->port = port_of(bound)) != 0)
        return p;
    diag("--page %d: cannot listen there", port);
    page_free(p);
    return NULL;
}

int page_port(const struct page *p)
{
    return p->port;
}

void page_free(struct page *p)
{
    if (p == NULL)
        return;
    if (p->http != NULL)
        evhttp_free(p->http);
    free(p);
}
