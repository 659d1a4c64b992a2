/* SPDX-License-Identifier: Apache-2.0
 *
 * The command line: commands and their flags are rows of commands.def and
 * flags.def; parsing, --help and the man pages are made from them.
 *
 * Threads: main only.
 */
#ifndef TD_APP_CLI_H
#define TD_APP_CLI_H

#include "base/mem.h"

typedef enum cli_command {
#define TD_COMMAND(NAME, words, arguments, text) CLI_##NAME,
#include "app/commands.def"
#undef TD_COMMAND
    CLI_COMMAND_COUNT
} cli_command;

typedef enum cli_flag {
#define TD_FLAG(command, NAME, name, letter, kind, argument, fallback, text) CLI_##command##_##NAME,
#include "app/flags.def"
#undef TD_FLAG
    CLI_FLAG_COUNT
} cli_flag;

enum { CLI_ARGS_MAX = 16 /* positional or repeated arguments of one command */ };

typedef struct cli {
    cli_command command;
    const char
        *text[CLI_FLAG_COUNT];       /* of TEXT flags; NULL when not given and without a fallback */
    uint64_t number[CLI_FLAG_COUNT]; /* of NUMBER flags */
    bool given[CLI_FLAG_COUNT];
    const char *args[CLI_ARGS_MAX]; /* positional */
    size_t arg_count;
    uint64_t list[CLI_ARGS_MAX]; /* values of the LIST flag, in order */
    size_t list_count;
} cli;

/* Parses. Returns 0, 1 when it printed help or the version (exit 0), or TD_ERR_ARGS with a diag
 * that says what to do. */
TD_MUST_USE
int cli_parse(cli *out, td_diag *diag, int argc, char **argv);
/* The help of a command, or the overview; `man` prints roff. */
void cli_help(cli_command command, bool overview, bool man);

/* Commands: each returns the exit status. */
#define TD_COMMAND(NAME, words, arguments, text) int cmd_##NAME(const cli *c);
#include "app/commands.def"
#undef TD_COMMAND

/* Prints "tandem: …" to stderr and returns 1. */
int cli_fail(const char *format, ...) TD_PRINTF(1, 2);
/* Bytes of an argument that is a file's path or hex text (0x optional): files win. Lives in the
 * arena. A file with hex text inside is decoded; any other file is taken as it is. */
TD_MUST_USE
int cli_bytes(td_arena *a, td_bytes *out, td_diag *diag, const char *what, const char *argument);
/* A whole file, at most len_max bytes, NUL-terminated behind. */
TD_MUST_USE
int cli_file(td_arena *a, td_bytes *out, td_diag *diag, const char *path, size_t len_max);

#endif
