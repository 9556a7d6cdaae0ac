/* ClientHellos as JSON, each kept once. Part of model/record_codec.c. */
#ifndef MODEL_HELLO_CODEC_H
#define MODEL_HELLO_CODEC_H

#include "model/codec.h"
#include "model/record_codec.h"

/* The hello of an event, with a reference for the caller; NULL: c has failed.
 */
struct hello *hellos_intern(struct hellos *h, struct codec *c,
                            const json_t *hello);

#endif
