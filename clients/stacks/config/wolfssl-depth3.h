/* wolfssl-device.h with MAX_CHAIN_DEPTH 3: a leaf and two intermediates. It
 * also makes the largest Certificate message smaller, 3 x 2051 bytes.  */
#ifndef WOLFSSL_DEPTH3_H
#define WOLFSSL_DEPTH3_H
#include "wolfssl-device.h"
#define MAX_CHAIN_DEPTH 3
#endif
