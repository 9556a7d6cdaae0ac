/* The stages of a connection, as a shim sees them, in their order. */
#ifndef MODEL_STAGE_H
#define MODEL_STAGE_H

enum stage {
    STAGE_SETUP,
    STAGE_TRUST_STORE,
    STAGE_CONNECT,
    STAGE_HELLO,
    STAGE_CERTIFICATE,
    STAGE_FINISHED,
    STAGE_POLICY,
    STAGE_APPLICATION,
    STAGE_COUNT
};

const char *stage_name(enum stage s);
int stage_parse(const char *name, enum stage *out); /* 0 or -1 */

#endif
