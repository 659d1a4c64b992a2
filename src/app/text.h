/* SPDX-License-Identifier: Apache-2.0
 *
 * Texts of the application: version and examples of commands.
 *
 * Threads: immutable.
 */
#ifndef TD_APP_TEXT_H
#define TD_APP_TEXT_H

#include "app/cli.h"

/* "0.1.0 (commit)". */
const char *app_version(void);
/* "tandem/v0.1.0-commit/linux-x86_64", as web3_clientVersion. */
const char *app_client_version(void);
const char *app_commit(void);
/* Examples of a command, ready to print; "" when there are none. */
const char *app_examples(cli_command command);

#endif
