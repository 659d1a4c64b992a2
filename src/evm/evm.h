/* SPDX-License-Identifier: Apache-2.0
 *
 * The EVM engine: one analysis a code, a threaded loop over pre-decoded
 * instructions, prices and availability from tables by fork.
 *
 * Threads: immutable.
 */
#ifndef TD_EVM_EVM_H
#define TD_EVM_EVM_H

#include "vm/host.h"

/* Runs bytes of EVM code as td_vm describes. */
extern const td_vm TD_EVM;

#endif
