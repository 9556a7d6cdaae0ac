/* A pin as people paste it: hex in either case, with colons as `openssl x509
 * -fingerprint` prints it, base64 behind "sha256/" as curl and HTTP pinning
 * have it. */
#ifndef MODEL_PIN_H
#define MODEL_PIN_H

enum { PIN_HASH_ROOM = 65 };

/* The hash as lower-case hex: 64 digits, or 40 for SHA-1. 0, or -1 with what is
 * wrong in one sentence. */
int pin_hash_parse(const char *text, char hash[static PIN_HASH_ROOM],
                   const char **why);
/* By the number of its digits. */
int pin_hash_is_sha1(const char *hash);

#endif
