/* The control plane: one request to one answer, as the public API describes
 * them. Knows no HTTP library (control_http.h has it) and checks no request
 * signature. */
#ifndef ACCOUNT_CONTROL_H
#define ACCOUNT_CONTROL_H

#include <stddef.h>

struct account;

struct control_header {
    const char *name, *value;
};

struct control_request { /* all borrowed */
    const char *method;  /* "GET" */
    const char *target;  /* "/endpoint?endpointType=iot:Data", still encoded */
    const struct control_header *headers;
    size_t headers_count;
    const char *body;
    size_t size;
};

struct control_answer {
    int status;        /* HTTP */
    const char *error; /* "ResourceNotFoundException"; NULL: none. Static */
    char *body;        /* JSON, malloc'd; NULL only when memory is out */
};

/* Answers, and what it answered is kept (store.h). Any thread. */
void control_answer(struct account *a, const struct control_request *r,
                    struct control_answer *out);
void control_answer_clear(struct control_answer *answer);

/* The largest body that is looked at, in bytes. */
enum { CONTROL_BODY_MAX = 512 * 1024 };

/* By name, whatever the case. NULL: there is none. */
const char *control_header(const struct control_request *r, const char *name);

#endif
