/* SPDX-License-Identifier: Apache-2.0
 *
 * `tandem dump`: prints tandem's own tables as Markdown; docs/reference is this
 * print.
 */
#include "app/cli.h"
#include "eth/fork.h"
#include "pvmenv/pvmenv.h"
#include "rpc/rpc.h"
#include "vm/vm.h"

#include <stdio.h>

static void dump_rpc_methods(void) {
    (void)printf("| method |\n|---|\n");
    for (size_t i = 0; i < td_rpc_method_count(); i++)
        (void)printf("| %s |\n", td_rpc_method_name(i));
}

static void dump_syscalls(void) {
    (void)printf("| host function |\n|---|\n");
    for (size_t i = 0; i < td_pvmenv_syscall_count(); i++)
        (void)printf("| %s |\n", td_pvmenv_syscall_name(i));
}

static void dump_forks(void) {
    (void)printf("| fork | rules |\n|---|---|\n");
#define TD_FORK(NAME, name, rules) (void)printf("| %s | %s |\n", name, rules);
#include "eth/forks.def"
#undef TD_FORK
}

static void dump_exits(void) {
    (void)printf("| exit | kind | text |\n|---|---|---|\n");
#define TD_EXIT(NAME, kind, text) (void)printf("| %s | %s | %s |\n", #NAME, #kind, text);
#include "vm/exits.def"
#undef TD_EXIT
}

static void dump_errors(void) {
    (void)printf("| status | value | text |\n|---|---|---|\n");
#define TD_ERR(NAME, value, text) (void)printf("| %s | %d | %s |\n", #NAME, value, text);
#include "base/errors.def"
#undef TD_ERR
}

static void dump_columns(void) {
    (void)printf("| column | holds |\n|---|---|\n");
#define TD_COLUMN(NAME, name, text) (void)printf("| %s | %s |\n", name, text);
#include "db/columns.def"
#undef TD_COLUMN
}

static void dump_opcodes(void) {
    (void)printf(
        "| code | name | immediate | pops | pushes | since |\n|---|---|---|---|---|---|\n");
#define OP(code, NAME, fn, immediate, pops, pushes, gas, since)                                    \
    (void)printf("| 0x%02x | %s | %d | %d | %d | %s |\n", code, #NAME, immediate, pops, pushes,    \
                 #since);
#define FLOW  OP
#define CODED OP
#include "evm/opcodes.def"
#undef CODED
#undef FLOW
#undef OP
}

static const struct {
    const char *name;
    void (*print)(void);
} tables[] = {
    {"rpc", dump_rpc_methods}, {"syscalls", dump_syscalls}, {"forks", dump_forks},
    {"exits", dump_exits},     {"errors", dump_errors},     {"columns", dump_columns},
    {"opcodes", dump_opcodes},
};

int cmd_dump(const cli *c) {
    for (size_t i = 0; i < TD_COUNT(tables); i++) {
        if (c->arg_count == 0)
            (void)printf("%s\n", tables[i].name);
        else if (strcmp(c->args[0], tables[i].name) == 0) {
            tables[i].print();
            return 0;
        }
    }
    return c->arg_count == 0 ? 0 : cli_fail("no table '%s': `tandem dump` lists them", c->args[0]);
}
