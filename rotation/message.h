/* The payloads of a rotation's messages, and their topics:
 * management/topic/ID/csr_req and so on. */
#ifndef ROTATION_MESSAGE_H
#define ROTATION_MESSAGE_H

/* "management/topic/lamp-1/csr_res"; malloc'd. NULL if memory is out. */
char *message_topic(const char *id, const char *what);
/* The id and the last part of a topic; 0, or -1: it is none of a rotation. *id
 * is malloc'd, *what points into the topic. */
int message_topic_read(const char *topic, char **id, const char **what);

/* {"key": text}; malloc'd. NULL if memory is out, or text is not UTF-8. */
char *message_write(const char *key, const char *text);
/* The text of a key, malloc'd; NULL: the payload has none. */
char *message_read(const char *payload, const char *key);

#endif
