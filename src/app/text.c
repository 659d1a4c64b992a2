/* SPDX-License-Identifier: Apache-2.0
 *
 * The version, as the build told it, and the examples of --help.
 */
#include "app/text.h"

const char *app_version(void) {
    return TD_VERSION " (" TD_COMMIT ")";
}

const char *app_client_version(void) {
    return "tandem/v" TD_VERSION "-" TD_COMMIT "/linux-x86_64";
}

const char *app_commit(void) {
    return TD_COMMIT;
}

static const char *const examples[CLI_COMMAND_COUNT] = {
    [CLI_dev] =
        "\nExamples:\n"
        "  tandem dev                        a node on port 8545, blocks on demand, in memory\n"
        "  tandem dev --datadir ./chain      the same, kept across restarts\n"
        "  tandem dev -b 2 -a 3 --balance 5  three accounts of 5 ether, a block every 2 seconds\n",
    [CLI_run] = "\nExamples:\n"
                "  tandem run --code 0x602a60005260206000f3\n"
                "  tandem run --code Counter.pvm.hex --create\n"
                "  tandem run --code loop.hex --input 0x01 --bench 100\n",
    [CLI_pvm_run] =
        "\nExamples:\n  tandem pvm run kernels.polkavm --entry fib --arg 1000 --bench 10\n",
};

const char *app_examples(cli_command command) {
    return examples[command] == NULL ? "" : examples[command];
}
