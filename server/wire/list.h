/* JSON arrays that are whole or not there. */
#ifndef SERVER_WIRE_LIST_H
#define SERVER_WIRE_LIST_H

#include <jansson.h>

/* Appends (takes) the item. When memory is out the whole list is dropped and
 * *list is NULL from then on. */
static inline void list_add(json_t **list, json_t *item)
{
    if (json_array_append_new(*list, item) == 0)
        return;
    json_decref(*list);
    *list = NULL;
}

#endif
