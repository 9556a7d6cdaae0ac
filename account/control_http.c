/* Requests of evhttp to control.h's and back. What is no HTTP, and methods that
 * HTTP does not know, evhttp answers itself. */
#include "account/control_http.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/queue.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <event2/listener.h>

#include "account/control.h"
#include "account/store.h"
#include "base/diag.h"
#include "base/file.h"

enum {
    HEADERS_MAX = 16 * 1024,
    HEADERS_COUNT = 64,
    BACKLOG = 128,
    SECONDS = 30,
    /* evhttp's own refusal is a page of HTML: it comes for what is far above
     * the largest body, and the API's own error for what is a little above. */
    BODY_HARD = 4 * CONTROL_BODY_MAX
};

struct control_http {
    struct evhttp *http;
    struct account *account;
};

int control_http_socket(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct stat s;
    int fd;

    if (strlen(path) >= sizeof address.sun_path) {
        diag("%s: the path of a socket has at most %zu bytes", path,
             sizeof address.sun_path - 1);
        return -1;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    if (lstat(path, &s) == 0 && S_ISSOCK(s.st_mode))
        unlink(path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    /* Nobody can connect between bind and chmod: it does not listen yet. */
    if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
        chmod(path, 0600) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    diag("%s: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

static const char *method_name(struct evhttp_request *req)
{
    static const struct {
        enum evhttp_cmd_type type;
        const char *name;
    } names[] = {
        {EVHTTP_REQ_GET, "GET"},         {EVHTTP_REQ_POST, "POST"},
        {EVHTTP_REQ_HEAD, "HEAD"},       {EVHTTP_REQ_PUT, "PUT"},
        {EVHTTP_REQ_DELETE, "DELETE"},   {EVHTTP_REQ_PATCH, "PATCH"},
        {EVHTTP_REQ_OPTIONS, "OPTIONS"}, {EVHTTP_REQ_TRACE, "TRACE"},
    };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].type == evhttp_request_get_command(req))
            return names[i].name;
    return "CONNECT";
}

/* Whatever the form of the target (RFC 9112 section 3.2). malloc'd. */
static char *target_of(struct evhttp_request *req)
{
    const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(req);
    const char *path = uri ? evhttp_uri_get_path(uri) : NULL;
    const char *query = uri ? evhttp_uri_get_query(uri) : NULL;

    return format("%s%s%s", path && *path ? path : "/", query ? "?" : "",
                  query ? query : "");
}

static size_t headers_of(struct evhttp_request *req,
                         struct control_header out[static HEADERS_COUNT])
{
    const struct evkeyval *h;
    size_t count = 0;

    TAILQ_FOREACH(h, evhttp_request_get_input_headers(req), next)
    {
        if (count < HEADERS_COUNT)
            out[count++] = (struct control_header){h->key, h->value};
    }
    return count;
}

static const char *reason_of(int status)
{
    static const struct {
        int status;
        const char *reason;
    } reasons[] = {
        {200, "OK"},
        {400, "Bad Request"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {406, "Not Acceptable"},
        {409, "Conflict"},
        {410, "Gone"},
        {413, "Payload Too Large"},
        {503, "Service Unavailable"},
    };

    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return "Internal Server Error";
}

static void send_answer(struct evhttp_request *req,
                        const struct control_answer *answer)
{
    struct evkeyvalq *headers = evhttp_request_get_output_headers(req);
    struct evbuffer *body = evhttp_request_get_output_buffer(req);
    char id[STORE_UUID];

    store_uuid(id);
    evhttp_add_header(headers, "Content-Type", "application/json");
    evhttp_add_header(headers, "x-amzn-RequestId", id);
    if (answer->error != NULL)
        evhttp_add_header(headers, "x-amzn-ErrorType", answer->error);
    if (answer->body == NULL ||
        evbuffer_add(body, answer->body, strlen(answer->body)) != 0)
        diag("the control plane: out of memory");
    evhttp_send_reply(req, answer->status, reason_of(answer->status), NULL);
}

/* Chunked bodies: libevent 2.1.12 reads sizes that are none ("0x", signs), so
 * that two readers may see different requests. */
static int refuse_chunked(struct evhttp_request *req)
{
    static char text[] =
        "{\"message\":\"Send the body with a Content-Length, not in chunks\"}";
    const struct control_answer answer = {400, "InvalidRequestException", text};

    if (evhttp_find_header(evhttp_request_get_input_headers(req),
                           "Transfer-Encoding") == NULL)
        return 0;
    evhttp_add_header(evhttp_request_get_output_headers(req), "Connection",
                      "close");
    send_answer(req, &answer);
    return 1;
}

static void on_request(struct evhttp_request *req, void *context)
{
    struct control_http *h = context;
    struct evbuffer *body = evhttp_request_get_input_buffer(req);
    struct control_header headers[HEADERS_COUNT];
    struct control_request r = {method_name(req), NULL, headers, 0, NULL, 0};
    struct control_answer answer = {500, NULL, NULL};
    char *target;

    if (refuse_chunked(req))
        return;
    target = target_of(req);
    r.target = target;
    r.headers_count = headers_of(req, headers);
    r.size = evbuffer_get_length(body);
    r.body = r.size ? (char *)evbuffer_pullup(body, -1) : "";
    if (r.target != NULL && r.body != NULL)
        control_answer(h->account, &r, &answer);
    send_answer(req, &answer);
    control_answer_clear(&answer);
    free(target);
}

struct evhttp *control_http_service(struct event_base *base, int fd,
                                    const struct control_service *s)
{
    struct evconnlistener *listener = evconnlistener_new(
        base, NULL, NULL, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
    struct evhttp *http = evhttp_new(base);

    if (listener == NULL)
        close(fd);
    if (http != NULL && listener != NULL) {
        evhttp_set_max_headers_size(http, HEADERS_MAX);
        evhttp_set_max_body_size(http, (ev_ssize_t)s->body_most);
        evhttp_set_timeout(http, SECONDS);
        evhttp_set_allowed_methods(http, (ev_uint16_t)s->methods);
        evhttp_set_gencb(http, s->answer, s->context);
        if (evhttp_bind_listener(http, listener) != NULL)
            return http;
    }
    if (listener != NULL)
        evconnlistener_free(listener);
    if (http != NULL)
        evhttp_free(http);
    return NULL;
}

struct control_http *control_http_new(struct event_base *base,
                                      struct account *a, int fd)
{
    struct control_http *h = calloc(1, sizeof *h);
    const struct control_service service = {
        /* All of HTTP's methods, so that the answer is the API's own. */
        .methods = EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_HEAD |
                   EVHTTP_REQ_PUT | EVHTTP_REQ_DELETE | EVHTTP_REQ_PATCH |
                   EVHTTP_REQ_OPTIONS | EVHTTP_REQ_TRACE | EVHTTP_REQ_CONNECT,
        .body_most = BODY_HARD,
        .answer = on_request,
        .context = h,
    };

    if (h == NULL) {
        close(fd);
    } else {
        h->account = a;
        h->http = control_http_service(base, fd, &service);
    }
    if (h != NULL && h->http != NULL)
        return h;
    diag("the control plane: libevent cannot serve it");
    control_http_free(h);
    return NULL;
}

void control_http_free(struct control_http *h)
{
    if (h == NULL)
        return;
    if (h->http != NULL)
        evhttp_free(h->http);
    free(h);
}
