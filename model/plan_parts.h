/* The parts of plan.json. Part of model/plan_codec.c. */
#ifndef MODEL_PLAN_PARTS_H
#define MODEL_PLAN_PARTS_H

#include "model/codec.h"
#include "model/plan.h"

/* A list of certificates: indexes into the plan's table. */
json_t *plan_list_encode(struct codec *c, const struct plan *p,
                         const struct certificates_list *l);
void plan_list_decode(struct codec *c, const json_t *from, const char *key,
                      const struct plan *p, struct certificates_list *l);

json_t *plan_scenario_encode(struct codec *c, const struct plan *p,
                             const struct plan_scenario *s);
/* 0; -1: no memory for its parts, or a fault, and nothing is left in it. */
int plan_scenario_decode(struct codec *c, const struct plan *p,
                         const json_t *from, struct plan_scenario *s);
json_t *plan_device_encode(struct codec *c, const struct plan *p,
                           const struct plan_device *d);
int plan_device_decode(struct codec *c, const struct plan *p,
                       const json_t *from, struct plan_device *d);
/* The ends of both, for plan_clear. */
void plan_scenario_clear(struct plan_scenario *s);
void plan_device_clear(struct plan_device *d);

#endif
