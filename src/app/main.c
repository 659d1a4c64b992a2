/* SPDX-License-Identifier: Apache-2.0
 *
 * The entry point: parse, dispatch by the command table.
 */
#include "app/cli.h"

int main(int argc, char **argv) {
    static int (*const run[CLI_COMMAND_COUNT])(const cli *) = {
#define TD_COMMAND(NAME, words, arguments, text) [CLI_##NAME] = cmd_##NAME,
#include "app/commands.def"
#undef TD_COMMAND
    };
    cli c;
    td_diag diag = {""};
    int err = cli_parse(&c, &diag, argc, argv);
    if (err == 1)
        return 0;
    if (err != TD_OK)
        return cli_fail("%s", diag.text);
    return run[c.command](&c);
}
