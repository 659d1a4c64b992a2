/* SPDX-License-Identifier: Apache-2.0
 *
 * Parsing of the command line and its help, all from the two tables.
 */
#include "app/cli.h"

#include "app/text.h"
#include "codec/hex.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

typedef enum flag_kind { SWITCH, TEXT, NUMBER, LIST } flag_kind;

typedef struct command_info {
    const char *words, *arguments, *text;
} command_info;
static const command_info commands[] = {
#define TD_COMMAND(NAME, words, arguments, text) [CLI_##NAME] = {words, arguments, text},
#include "app/commands.def"
#undef TD_COMMAND
};

typedef struct flag_info {
    cli_command command;
    const char *name;
    int letter;
    flag_kind kind;
    const char *argument, *fallback, *text;
} flag_info;
static const flag_info flags[] = {
#define TD_FLAG(command, NAME, name, letter, kind, argument, fallback, text)                       \
    [CLI_##command##_##NAME] = {CLI_##command, name, letter, kind, argument, fallback, text},
#include "app/flags.def"
#undef TD_FLAG
};

int cli_fail(const char *format, ...) {
    va_list args;
    va_start(args, format);
    (void)fputs("tandem: ", stderr);
    (void)vfprintf(stderr, format, args);
    (void)fputc('\n', stderr);
    va_end(args);
    return 1;
}

/* --- help
 * ----------------------------------------------------------------------------------------- */

static void flag_usage(char *out, size_t len, const flag_info *f) {
    char letter[8] = "    ";
    if (f->letter != 0)
        (void)snprintf(letter, sizeof letter, "-%c, ", f->letter);
    (void)snprintf(out, len, "%s--%s%s%s", letter, f->name, f->kind == SWITCH ? "" : " ",
                   f->argument);
}

static void help_overview(void) {
    (void)printf("tandem %s: contracts of two machines, EVM and PolkaVM, on one node\n\nUsage: "
                 "tandem COMMAND [FLAGS]\n\n"
                 "Commands:\n",
                 app_version());
    for (size_t i = 0; i < CLI_COMMAND_COUNT; i++)
        (void)printf("  %-12s %s\n", commands[i].words, commands[i].text);
    (void)printf("\nStart with `tandem dev`, then point ethers, viem, Hardhat or a wallet at "
                 "http://127.0.0.1:8545.\n"
                 "`tandem help COMMAND` explains one.\n");
}

static void help_command(const command_info *info, cli_command command) {
    (void)printf("tandem %s: %s\n\nUsage: tandem %s%s%s [FLAGS]\n\nFlags:\n", info->words,
                 info->text, info->words, info->arguments[0] ? " " : "", info->arguments);
    for (size_t i = 0; i < CLI_FLAG_COUNT; i++) {
        if (flags[i].command != command)
            continue;
        char usage[64];
        flag_usage(usage, sizeof usage, &flags[i]);
        (void)printf("  %-28s %s", usage, flags[i].text);
        if (flags[i].fallback != NULL)
            (void)printf(" [%s]", flags[i].fallback);
        (void)putchar('\n');
    }
    (void)printf("  %-28s this text\n", "-h, --help");
    (void)printf("%s", app_examples(command));
}

/* A man page in roff; a quote or a dot at a line's start would be a request, and no text has one.
 */
static void man_command(const command_info *info, cli_command command) {
    (void)printf(".TH TANDEM 1 \"\" \"tandem %s\"\n.SH NAME\ntandem %s \\- %s\n.SH SYNOPSIS\n.B "
                 "tandem %s\n%s [FLAGS]\n"
                 ".SH OPTIONS\n",
                 app_version(), info->words, info->text, info->words, info->arguments);
    for (size_t i = 0; i < CLI_FLAG_COUNT; i++) {
        if (flags[i].command != command)
            continue;
        char usage[64];
        flag_usage(usage, sizeof usage, &flags[i]);
        (void)printf(".TP\n.B %s\n%s", usage + (flags[i].letter ? 0 : 4), flags[i].text);
        if (flags[i].fallback != NULL)
            (void)printf(" (default: %s)", flags[i].fallback);
        (void)putchar('\n');
    }
    (void)printf(".SH EXAMPLES\n.nf\n%s.fi\n.SH EXIT STATUS\n0 on success, 1 on an error, which is "
                 "told on standard error.\n",
                 app_examples(command));
}

void cli_help(cli_command command, bool overview, bool man) {
    if (overview)
        help_overview();
    else if (man)
        man_command(&commands[command], command);
    else
        help_command(&commands[command], command);
}

/* --- parsing
 * -------------------------------------------------------------------------------------- */

/* The command whose words start the arguments; *taken says how many. */
static int find_command(int argc, char **argv, cli_command *out, int *taken) {
    for (size_t i = 0; i < CLI_COMMAND_COUNT; i++) {
        const char *words = commands[i].words, *space = strchr(words, ' ');
        size_t first = space == NULL ? strlen(words) : (size_t)(space - words);
        if (argc < 2 || strlen(argv[1]) != first || memcmp(argv[1], words, first) != 0)
            continue;
        if (space != NULL && (argc < 3 || strcmp(argv[2], space + 1) != 0))
            continue;
        *out = (cli_command)i;
        *taken = space == NULL ? 1 : 2;
        return TD_OK;
    }
    return TD_ERR_NOT_FOUND;
}

static int set_number(td_diag *diag, const flag_info *f, const char *text, uint64_t *value) {
    td_u256 wide;
    if (td_u256_parse(&wide, text, strlen(text)) != TD_OK || !td_u256_fits_u64(&wide))
        return td_diag_set(diag, TD_ERR_ARGS,
                           "--%s takes a number from 0 to 18446744073709551615, not '%s'", f->name,
                           text);
    *value = wide.w[0];
    return TD_OK;
}

static int set_flag(cli *c, td_diag *diag, size_t index, const char *text) {
    const flag_info *f = &flags[index];
    c->given[index] = true;
    if (f->kind == TEXT)
        c->text[index] = text;
    if (f->kind == NUMBER)
        return set_number(diag, f, text, &c->number[index]);
    if (f->kind == LIST) {
        if (c->list_count == CLI_ARGS_MAX)
            return td_diag_set(diag, TD_ERR_ARGS, "--%s given more than %d times", f->name,
                               CLI_ARGS_MAX);
        return set_number(diag, f, text, &c->list[c->list_count++]);
    }
    return TD_OK;
}

static void set_fallbacks(cli *c) {
    for (size_t i = 0; i < CLI_FLAG_COUNT; i++) {
        c->text[i] = flags[i].fallback;
        if (flags[i].kind == NUMBER)
            (void)set_number(NULL, &flags[i], flags[i].fallback, &c->number[i]);
    }
}

enum { OPT_HELP = 'h', OPT_FIRST = 1000 };

/* Fills getopt's tables with the command's flags; returns the count of long ones. */
static void make_options(cli_command command, struct option *longs, char *shorts) {
    size_t n = 0;
    *shorts++ = ':'; /* report a missing argument as ':' */
    *shorts++ = 'h';
    for (size_t i = 0; i < CLI_FLAG_COUNT; i++) {
        if (flags[i].command != command)
            continue;
        int has_argument = flags[i].kind == SWITCH ? no_argument : required_argument;
        longs[n++] = (struct option){flags[i].name, has_argument, NULL, OPT_FIRST + (int)i};
        if (flags[i].letter != 0) {
            *shorts++ = (char)flags[i].letter;
            if (has_argument == required_argument)
                *shorts++ = ':';
        }
    }
    longs[n++] = (struct option){"help", no_argument, NULL, OPT_HELP};
    longs[n] = (struct option){0};
    *shorts = 0;
}

static size_t flag_by_letter(cli_command command, int letter) {
    for (size_t i = 0; i < CLI_FLAG_COUNT; i++)
        if (flags[i].command == command && flags[i].letter == letter)
            return i;
    return CLI_FLAG_COUNT;
}

static int parse_flags(cli *c, td_diag *diag, int argc, char **argv) {
    struct option longs[CLI_FLAG_COUNT + 2];
    char shorts[2 * CLI_FLAG_COUNT + 4];
    make_options(c->command, longs, shorts);
    opterr = 0;
    optind = 1;
    for (int option; (option = getopt_long(argc, argv, shorts, longs, NULL)) != -1;) {
        if (option == OPT_HELP) {
            cli_help(c->command, false, false);
            return 1;
        }
        size_t index =
            option >= OPT_FIRST ? (size_t)(option - OPT_FIRST) : flag_by_letter(c->command, option);
        if (index >= CLI_FLAG_COUNT)
            return td_diag_set(diag, TD_ERR_ARGS, "%s %s: see `tandem help %s`",
                               option == ':' ? "an argument is missing after" : "unknown flag",
                               argv[optind - 1], commands[c->command].words);
        int err = set_flag(c, diag, index, optarg);
        if (err != TD_OK)
            return err;
    }
    for (int i = optind; i < argc; i++) {
        if (c->arg_count == CLI_ARGS_MAX || commands[c->command].arguments[0] == 0)
            return td_diag_set(diag, TD_ERR_ARGS, "unexpected argument '%s': see `tandem help %s`",
                               argv[i], commands[c->command].words);
        c->args[c->arg_count++] = argv[i];
    }
    return TD_OK;
}

int cli_parse(cli *out, td_diag *diag, int argc, char **argv) {
    *out = (cli){0};
    if (argc >= 2 && (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0)) {
        (void)printf("tandem %s\n", app_version());
        return 1;
    }
    if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        help_overview();
        return 1;
    }
    int taken;
    if (find_command(argc, argv, &out->command, &taken) != TD_OK)
        return td_diag_set(diag, TD_ERR_ARGS, "unknown command '%s': `tandem help` lists them",
                           argv[1]);
    set_fallbacks(out);
    return parse_flags(out, diag, argc - taken, argv + taken);
}

int cmd_help(const cli *c) {
    if (c->arg_count == 0) {
        cli_help(CLI_help, true, false);
        return 0;
    }
    char *argv[] = {NULL, (char *)(uintptr_t)c->args[0], (char *)(uintptr_t)c->args[1]};
    cli_command command;
    int taken;
    if (find_command((int)c->arg_count + 1, argv, &command, &taken) != TD_OK)
        return cli_fail("unknown command '%s': `tandem help` lists them", c->args[0]);
    cli_help(command, false, c->given[CLI_help_MAN]);
    return 0;
}

/* --- arguments that are files or hex
 * -------------------------------------------------------------- */

int cli_file(td_arena *a, td_bytes *out, td_diag *diag, const char *path, size_t len_max) {
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        return td_diag_set(diag, TD_ERR_NOT_FOUND, "%s: %s", path, strerror(errno));
    td_out buf;
    td_out_init(&buf, len_max + 1);
    uint8_t chunk[16384];
    size_t n;
    while ((n = fread(chunk, 1, sizeof chunk, f)) > 0)
        td_out_put(&buf, chunk, n);
    bool broken = ferror(f) != 0;
    (void)fclose(f);
    size_t len = buf.len;
    bool too_long = buf.failed || len > len_max;
    td_out_byte(&buf, 0);
    uint8_t *copy = too_long || broken ? NULL : td_arena_copy(a, buf.ptr, buf.len);
    td_out_fini(&buf);
    if (broken)
        return td_diag_set(diag, TD_ERR_IO, "%s: %s", path, strerror(errno));
    if (too_long)
        return td_diag_set(diag, TD_ERR_LIMIT, "%s: longer than %zu bytes (limit)", path, len_max);
    *out = TD_BYTES(copy, len);
    return copy == NULL ? TD_ERR_NOMEM : TD_OK;
}

int cli_bytes(td_arena *a, td_bytes *out, td_diag *diag, const char *what, const char *argument) {
    enum { LEN_MAX = 4 << 20 };
    FILE *probe = fopen(argument, "rb");
    if (probe == NULL) {
        if (td_hex_decode(a, out, argument, strlen(argument), LEN_MAX) == TD_OK)
            return TD_OK;
        return td_diag_set(diag, TD_ERR_ARGS, "%s: '%.80s' is neither a file nor hex text", what,
                           argument);
    }
    (void)fclose(probe);
    td_bytes file;
    int err = cli_file(a, &file, diag, argument, LEN_MAX);
    if (err != TD_OK)
        return err;
    if (td_hex_decode(a, out, (const char *)file.ptr, file.len, LEN_MAX) != TD_OK)
        *out = file;
    return TD_OK;
}
