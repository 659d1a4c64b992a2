/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of exits.
 */
#include "base/test.h"
#include "vm/vm.h"

TEST(vm_exit, has_the_kind_of_its_row) {
    assert_int_equal(td_exit_kind_of(TD_EXIT_RETURN), TD_EXIT_KIND_OK);
    assert_int_equal(td_exit_kind_of(TD_EXIT_REVERT), TD_EXIT_KIND_REVERT);
    assert_int_equal(td_exit_kind_of(TD_EXIT_OUT_OF_GAS), TD_EXIT_KIND_HALT);
    assert_int_equal(td_exit_kind_of(TD_EXIT_DEPTH), TD_EXIT_KIND_REFUSED);
    assert_int_equal(td_exit_kind_of(TD_EXIT_REENTRANCE_DENIED), TD_EXIT_KIND_HALT);
}

TEST(vm_exit, commits_only_after_a_return) {
    for (int i = 0; i < TD_EXIT_COUNT; i++)
        assert_int_equal(td_exit_kind_of((td_exit)i) == TD_EXIT_KIND_OK, i == TD_EXIT_RETURN);
}

TEST(vm_exit, says_what_geth_says) {
    assert_string_equal(td_exit_text(TD_EXIT_RETURN), "");
    assert_string_equal(td_exit_text(TD_EXIT_REVERT), "execution reverted");
    assert_string_equal(td_exit_text(TD_EXIT_OUT_OF_GAS), "out of gas");
    assert_string_equal(td_exit_text(TD_EXIT_BAD_JUMP), "invalid jump destination");
}

TEST(vm_exit, has_a_text_for_each_row_but_the_good_end) {
    for (int i = 0; i < TD_EXIT_COUNT; i++)
        assert_int_equal(td_exit_text((td_exit)i)[0] != '\0', i != TD_EXIT_RETURN);
}
