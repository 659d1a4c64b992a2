/* SPDX-License-Identifier: Apache-2.0
 *
 * The development mnemonic's known accounts, test vector 2 of BIP-32,
 * and paths that are none.
 */
#include "base/test.h"
#include "crypto/crypto.h"

static const char MNEMONIC[] = "test test test test test test test test test test test junk";
static const char PATH[] = "m/44'/60'/0'/0/";

static void expect_key(const uint8_t seed[64], const char *path, uint32_t index, const char *hex) {
    uint8_t key[32], want[32];
    assert_int_equal(td_test_unhex(hex, want, 32), 32);
    assert_int_equal(td_hdkey_derive(key, seed, path, index), 0);
    assert_memory_equal(key, want, 32);
}

TEST(hdkey, gives_the_known_development_accounts) {
    uint8_t seed[64], key[32], want[20];
    td_addr addr;
    td_hdkey_seed(seed, MNEMONIC);
    expect_key(seed, PATH, 0, "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");
    expect_key(seed, PATH, 9, "2a871d0798f97d79848a013d4936a73bf4cc922c825d33c1cf7073dff6d409c6");
    assert_int_equal(td_hdkey_derive(key, seed, PATH, 0), 0);
    assert_int_equal(td_secp256k1_addr(&addr, key), 0);
    (void)td_test_unhex("f39fd6e51aad88f6f4ce6ab8827279cfffb92266", want, 20);
    assert_memory_equal(addr.b, want, 20);
}

TEST(hdkey, gives_test_vector_2_of_bip32) {
    uint8_t seed[64];
    (void)td_test_unhex("fffcf9f6f3f0edeae7e4e1dedbd8d5d2cfccc9c6c3c0bdbab7b4b1aeaba8a5a2"
                        "9f9c999693908d8a8784817e7b7875726f6c696663605d5a5754514e4b484542",
                        seed, 64);
    expect_key(seed, "m", 0, "abe74a98f6c7eabee0428f53798f0ab8aa1bd37873999041703c742f15ac7e1e");
    expect_key(seed, "m/0/2147483647'", 1,
               "704addf544a06e5ee4bea37098463c23613da32020d604506da8c0518e1da4b7");
    expect_key(seed, "m/0/2147483647'/1/2147483646'", 2,
               "bb7d39bdb83ecf58f2fd82b6d918341cbef428661ef01ab97c28a4842125ac23");
}

TEST(hdkey, reads_a_path_in_every_spelling) {
    uint8_t seed[64];
    static const char first[] = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
    td_hdkey_seed(seed, MNEMONIC);
    expect_key(seed, "m/44'/60'/0'/0", 0, first);
    expect_key(seed, "m/44h/60h/0h/0/", 0, first);
    expect_key(seed, "m/044'/60'/00'/0/", 0, first);
    uint8_t a[32], b[32];
    assert_int_equal(td_hdkey_derive(a, seed, "m", 7), 0);
    assert_int_equal(td_hdkey_derive(b, seed, "m/", 7), 0);
    assert_memory_equal(a, b, 32);
    assert_int_equal(td_hdkey_derive(b, seed, "m/7", 7), 0);
    assert_true(memcmp(a, b, 32) != 0);
}

TEST(hdkey, refuses_what_is_no_path) {
    static const char *const bad[] = {"",
                                      "/",
                                      "44'/60'",
                                      "n/0",
                                      "m0",
                                      "m//0",
                                      "m/0//",
                                      "m/'",
                                      "m/0''",
                                      "m/0'h",
                                      "m/-1",
                                      "m/ 0",
                                      "M/0",
                                      "m/2147483648",
                                      "m/2147483648'",
                                      "m/1x",
                                      "m/0x1",
                                      "m/h/",
                                      "m/0 /1",
                                      "m/+1",
                                      "m/0'/a/1/",
                                      "m/99999999999999999999"};
    uint8_t seed[64] = {1}, key[32] = {0xee}, before[32];
    memcpy(before, key, 32);
    for (size_t i = 0; i < TD_COUNT(bad); i++) {
        assert_int_equal(td_hdkey_derive(key, seed, bad[i], 0), TD_ERR_FORMAT);
        assert_memory_equal(key, before, 32);
    }
    assert_int_equal(td_hdkey_derive(key, seed, "m/2147483647'", 0x7fffffff), 0);
    assert_int_equal(td_hdkey_derive(key, seed, PATH, 0x80000000u), TD_ERR_RANGE);
}

TEST(hdkey, refuses_a_path_past_the_depth_of_bip32) {
    uint8_t seed[64] = {1}, key[32];
    char path[600] = "m";
    for (int i = 0; i < 254; i++)
        memcpy(path + 1 + 2 * i, "/1", 3);
    assert_int_equal(td_hdkey_derive(key, seed, path, 1), 0);
    memcpy(path + 1 + 2 * 254, "/1", 3);
    assert_int_equal(td_hdkey_derive(key, seed, path, 1), TD_ERR_FORMAT);
}
