/* SPDX-License-Identifier: Apache-2.0
 *
 * The host function for logs (contracts-runtime.md 4.3, 5.9).
 */
#include "pvmenv/pvmenv_private.h"

#include "vm/host.h"

/* The charge stands before both checks (4.3). */
td_step td_sys_event_deposit(td_guest *g, const uint64_t a[6]) {
    uint32_t topic_count = td_lo32(a[1]), len = td_lo32(a[3]);
    TD_TRY(td_guest_charge_units(g, TD_TOKEN_EVENT, len));
    TD_TRY(td_guest_charge_units(g, TD_TOKEN_EVENT_TOPIC, topic_count));
    if (topic_count > TD_SYS_TOPIC_COUNT_MAX)
        return td_guest_stop(g, TD_EXIT_TOO_MANY_TOPICS);
    if (len > TD_SYS_EVENT_LEN_MAX)
        return td_guest_stop(g, TD_EXIT_VALUE_TOO_LARGE);
    td_hash topics[TD_SYS_TOPIC_COUNT_MAX];
    if (topic_count != 0) {
        const uint8_t *at;
        TD_TRY(td_guest_read(g, &at, td_lo32(a[0]), topic_count * 32));
        memcpy(topics, at, topic_count * sizeof topics[0]);
    }
    const uint8_t *data;
    TD_TRY(td_guest_read(g, &data, td_lo32(a[2]), len));
    g->host->log(g->ctx, &g->f->self, topics, topic_count, TD_BYTES(data, len));
    return TD_STEP_NEXT;
}
