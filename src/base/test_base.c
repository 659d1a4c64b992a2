/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/test.h"

TEST(err, every_code_has_a_text) {
#define TD_ERR(NAME, value, text) assert_string_equal(td_err_text(TD_ERR_##NAME), text);
#include "base/errors.def"
#undef TD_ERR
    assert_string_equal(td_err_text(0), "ok");
}

TEST(arena, gives_aligned_memory_up_to_its_limit) {
    td_arena a;
    td_arena_init(&a, 256, 1024);
    for (int i = 0; i < 3; i++)
        assert_int_equal((uintptr_t)td_arena_alloc(&a, 10) % 16, 0);
    assert_non_null(td_arena_alloc(&a, 400));
    assert_null(td_arena_alloc(&a, 1024));
    assert_null(td_arena_alloc(&a, SIZE_MAX));
    td_arena_reset(&a);
    assert_non_null(td_arena_alloc(&a, 400));
    td_arena_fini(&a);
}

TEST(arena, rewinds_to_a_mark) {
    td_arena a;
    td_arena_init(&a, 128, 4096);
    uint8_t *first = td_arena_alloc(&a, 16);
    td_arena_mark mark = td_arena_here(&a);
    uint8_t *second = td_arena_alloc(&a, 16);
    assert_non_null(td_arena_alloc(&a, 1000));
    td_arena_rewind(&a, mark);
    assert_ptr_equal(td_arena_alloc(&a, 16), second);
    assert_ptr_not_equal(first, second);
    td_arena_fini(&a);
}

TEST(out, stops_at_its_limit_and_stays_failed) {
    td_out out;
    td_out_init(&out, 10);
    td_out_printf(&out, "%s", "12345");
    td_out_put(&out, "67890", 5);
    assert_false(out.failed);
    td_out_byte(&out, 'x');
    assert_true(out.failed);
    assert_int_equal(out.len, 10);
    td_out_fini(&out);
}

TEST(out, takes_an_empty_write_first) {
    td_out out;
    td_out_init(&out, 10);
    td_out_put(&out, NULL, 0);
    assert_false(out.failed);
    assert_int_equal(out.len, 0);
    td_out_fini(&out);
}

TEST(map, agrees_with_an_array_over_random_operations) {
    static uint32_t model[512];
    td_map m;
    td_map_init(&m, 4, 4);
    uint64_t x = 88172645463325252u;
    for (int i = 0; i < 200000; i++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        uint32_t key = (uint32_t)(x >> 20) % 512, value = (uint32_t)x | 1;
        if ((x >> 60) < 6) {
            assert_int_equal(td_map_del(&m, &key), model[key] != 0);
            model[key] = 0;
        } else {
            bool added;
            uint32_t *slot = td_map_put(&m, &key, &added);
            assert_int_equal(added, model[key] == 0);
            assert_int_equal(*slot, model[key]);
            *slot = model[key] = value;
        }
    }
    size_t at = 0, count = 0;
    const void *key;
    void *value;
    while (td_map_next(&m, &at, &key, &value)) {
        assert_int_equal(*(uint32_t *)value, model[*(const uint32_t *)key]);
        count++;
    }
    assert_int_equal(count, m.count);
    td_map_clear(&m);
    assert_null(td_map_get(&m, &(uint32_t){1}));
    td_map_fini(&m);
}

TEST(region, is_zero_again_after_a_trim) {
    td_region r;
    assert_int_equal(td_region_init(&r, 1 << 20), 0);
    r.base[100000] = 7;
    td_region_trim(&r, 4096);
    assert_int_equal(r.base[100000], 0);
    td_region_fini(&r);
}

TEST(clock, does_not_go_back) {
    uint64_t a = td_clock_ns(), b = td_clock_ns();
    assert_true(b >= a);
    assert_true(td_clock_unix_s() > 1700000000);
}
