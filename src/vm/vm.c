/* SPDX-License-Identifier: Apache-2.0
 *
 * The facts of exits.def as functions.
 */
#include "vm/vm.h"

typedef struct exit_info {
    td_exit_kind kind;
    const char *text;
} exit_info;

static const exit_info exits[TD_EXIT_COUNT] = {
#define TD_EXIT(NAME, kind, text) [TD_EXIT_##NAME] = {TD_EXIT_KIND_##kind, text},
#include "vm/exits.def"
#undef TD_EXIT
};

td_exit_kind td_exit_kind_of(td_exit exit) {
    TD_ASSERT(exit < TD_EXIT_COUNT);
    return exits[exit].kind;
}

const char *td_exit_text(td_exit exit) {
    TD_ASSERT(exit < TD_EXIT_COUNT);
    return exits[exit].text;
}
