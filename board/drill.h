/* What is done to a board inside MQTT, and what its answer is worth: the MQTT
 * cases of AWS IoT Device Advisor. Pure. */
#ifndef BOARD_DRILL_H
#define BOARD_DRILL_H

#include <stddef.h>

#include "board/grade.h"
#include "lab/endpoint_codec.h"
#include "model/record.h"

enum drill_kind {                     /* each with its case of Device Advisor */
                  DRILL_NO_PUBACK,    /* MQTT_Publish_Retry_No_Puback */
                  DRILL_NO_SUBACK,    /* MQTT_Subscribe_Retry_No_Suback */
                  DRILL_NO_PINGRESP,  /* MQTT_No_Ack_PingResp */
                  DRILL_MESSAGE,      /* MQTT_Client_Puback_Qos1,
                                         TLS_Receive_Maximum_Size_Fragments */
                  DRILL_FORGOTTEN,    /* MQTT_Expired_Persistent_Session */
                  DRILL_NO_CONNACK,   /* MQTT_Connect_*_Backoff_Retries */
                  DRILL_DISCONNECTED, /* MQTT_Reconnect_Backoff_Retries_On_* */
                  DRILLS
};

/* "no PUBACK", ... */
const char *drill_title(enum drill_kind kind);
/* What the endpoint does. */
const struct endpoint_drill *drill_rules(enum drill_kind kind);
/* 1: what counts are the pauses between connections. */
int drill_is_about_pauses(enum drill_kind kind);
/* Of a connection; GRADE_NONE: it did not do what the drill is about. *why: a
 * sentence. */
enum grade drill_grade(enum drill_kind kind, const struct endpoint_side *e,
                       const char **why);

#endif
