/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "crypto/crypto.h"
#include "eth/sign.h"

enum { ARENA_MAX = 8 << 20 };

/* td_typed_data_hash of JSON text; the JSON itself must be well formed. */
static int hash_text(td_hash *out, td_diag *diag, const char *text, size_t arena_max) {
    td_json *j = NULL;
    td_arena a;
    td_arena_init(&a, 4096, arena_max);
    *diag = (td_diag){0};
    if (td_json_parse(&j, diag, TD_BYTES_STR(text), 1 << 20) != TD_OK)
        fail_msg("%s: %s", diag->text, text);
    int err = td_typed_data_hash(out, &a, diag, j);
    td_json_free(j);
    td_arena_fini(&a);
    return err;
}

TEST(typed_data, has_the_digests_of_ethers) {
    char *text = (char *)td_test_read("tests/vec/eth/typed_data.vec", NULL), *rest = text;
    size_t cases = 0;
    while (*rest != 0) {
        char *line = rest, *end = rest + strcspn(rest, "\n");
        rest = *end == 0 ? end : end + 1;
        *end = 0;
        if (line[0] == '#')
            continue;
        char *digest_text = strchr(line, ' '), *json = strchr(digest_text + 1, ' ');
        *digest_text++ = *json++ = 0;
        td_hash got = {0}, want;
        td_diag diag;
        assert_int_equal(td_test_unhex(digest_text, want.b, 32), 32);
        if (hash_text(&got, &diag, json, ARENA_MAX) != TD_OK)
            fail_msg("%s: %s", line, diag.text);
        if (!td_hash_eq(&got, &want))
            fail_msg("%s: another digest", line);
        cases++;
    }
    td_test_free(text);
    assert_true(cases >= 60);
}

/* Expects `err` and a diag with `says` for the whole text. */
static void expect_refusal(const char *text, int err, const char *says) {
    td_hash out;
    td_diag diag;
    int got = hash_text(&out, &diag, text, ARENA_MAX);
    if (got != err || strstr(diag.text, says) == NULL)
        fail_msg("%s: got %d \"%s\", want %d \"%s\"", text, got, diag.text, err, says);
}

/* The same for a message {"x": value} of `type`, with more struct types in `more`. */
static void expect_field(const char *type, const char *value, const char *more, int err,
                         const char *says) {
    char text[4096];
    int len =
        snprintf(text, sizeof text,
                 "{\"types\":{\"M\":[{\"name\":\"x\",\"type\":\"%s\"}]%s},\"primaryType\":\"M\","
                 "\"domain\":{},\"message\":{\"x\":%s}}",
                 type, more, value);
    assert_true(len > 0 && (size_t)len < sizeof text);
    if (err != TD_OK) {
        expect_refusal(text, err, says);
        return;
    }
    td_hash out;
    td_diag diag;
    if (hash_text(&out, &diag, text, ARENA_MAX) != TD_OK)
        fail_msg("%s: %s", text, diag.text);
}

TEST(typed_data, refuses_values_that_are_not_of_their_type) {
    static const char *const bad[][3] = {
        {"uint8", "256", "range"},
        {"uint8", "-1", "range"},
        {"uint8", "\"0x100\"", "range"},
        {"uint16", "65536", "range"},
        {"int8", "128", "range"},
        {"int8", "-129", "range"},
        {"int8", "\"-0x81\"", "range"},
        {"int256", "\"0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\"",
         "range"},
        {"uint256",
         "\"115792089237316195423570985008687907853269984665640564039457584007913129639936\"",
         "range"},
        {"int256",
         "\"-57896044618658097711785492504343953926634992332820282019728792003956564819969\"",
         "range"},
        {"uint256", "1.5", "integer"},
        {"uint256", "1e2", "integer"},
        {"uint256", "\"\"", "integer"},
        {"uint256", "\"-\"", "integer"},
        {"uint256", "\"--1\"", "integer"},
        {"uint256", "\"0x\"", "integer"},
        {"uint256", "\" 1\"", "integer"},
        {"uint256", "\"ten\"", "integer"},
        {"uint256", "true", "integer"},
        {"uint256", "[]", "integer"},
        {"uint256", "null", "missing"},
        {"bool", "1", "true nor false"},
        {"bool", "\"true\"", "true nor false"},
        {"string", "1", "not a string"},
        {"address", "\"0x00\"", "40 hex"},
        {"address", "0", "40 hex"},
        {"bytes", "\"00\"", "hex data"},
        {"bytes", "\"0x0\"", "hex data"},
        {"bytes", "\"0xgg\"", "hex data"},
        {"bytes", "17", "hex data"},
        {"bytes4", "\"0x000000\"", "as many bytes"},
        {"bytes4", "\"0x0000000000\"", "as many bytes"},
        {"uint8[]", "1", "not an array"},
        {"uint8[2]", "[1]", "as many items"},
        {"uint8[2]", "[1,2,3]", "as many items"},
        {"uint8[][2]", "[[1],[256]]", "range"},
        {"uint8[0]", "[0]", "as many items"},
    };
    for (size_t i = 0; i < TD_COUNT(bad); i++) {
        expect_field(bad[i][0], bad[i][1], "", TD_ERR_FORMAT, bad[i][2]);
        expect_field(bad[i][0], bad[i][1], "", TD_ERR_FORMAT, "M.x");
    }
}

TEST(typed_data, takes_the_forms_clients_send) {
    static const char *const good[][2] = {
        {"uint8", "255"},       {"uint8", "\"0xff\""}, {"uint8", "\"-0\""}, {"uint", "\"7\""},
        {"int", "-7"},          {"int8", "\"-0x80\""}, {"int8", "-128"},    {"bytes", "\"0x\""},
        {"bytes1", "\"0xFF\""}, {"string[2][]", "[]"}, {"uint8[0]", "[]"},
    };
    for (size_t i = 0; i < TD_COUNT(good); i++)
        expect_field(good[i][0], good[i][1], "", TD_OK, "");
}

TEST(typed_data, refuses_types_it_does_not_know_by_name_and_field) {
    static const char *const bad[] = {"Foo",    "uint7",    "uint0", "uint264", "uint08",
                                      "bytes0", "bytes33",  "fixed", "Foo[]",   "byte",
                                      "",       "uint256 ", "U(",    "bool8"};
    for (size_t i = 0; i < TD_COUNT(bad); i++)
        expect_field(bad[i], "1", "", TD_ERR_FORMAT, "typed data: M.x: unknown type");
    expect_field("Foo[]", "[]", "", TD_ERR_FORMAT, "unknown type Foo[]");
    static const char *const arrays[] = {"[]",     "]",        "uint8[-1]",         "uint8[01]",
                                         "uint8]", "uint8[x]", "uint8[1000000000]", "uint8[ ]"};
    for (size_t i = 0; i < TD_COUNT(arrays); i++)
        expect_field(arrays[i], "[]", "", TD_ERR_FORMAT, "M.x: malformed array type");
}

TEST(typed_data, refuses_names_that_mean_two_things) {
    expect_field("uint8", "1", ",\"uint256\":[]", TD_ERR_FORMAT, "uint256: a struct with the name");
    expect_field("uint8", "1", ",\"bytes33\":[]", TD_ERR_FORMAT, "bytes33: a struct with the name");
    expect_field("uint8", "1", ",\"A[]\":[]", TD_ERR_FORMAT, "not a name");
    expect_field("uint8", "1", ",\"A(B\":[]", TD_ERR_FORMAT, "not a name");
    expect_field("uint8", "1", ",\"A B\":[]", TD_ERR_FORMAT, "not a name");
    expect_field("uint8", "1", ",\"\":[]", TD_ERR_FORMAT, "not a name");
    expect_field("uint8", "1", ",\"1A\":[]", TD_ERR_FORMAT, "not a name");
    expect_field("uint8", "1", ",\"A\":[{\"name\":\"a,uint8 b\",\"type\":\"uint8\"}]",
                 TD_ERR_FORMAT, "A: a field is not");
    expect_field("uint8", "1",
                 ",\"A\":[{\"name\":\"b\",\"type\":\"bool\"},{\"name\":\"b\",\"type\":\"bool\"}]",
                 TD_ERR_FORMAT, "A.b: two fields");
    expect_field("uint8", "1", ",\"A\":[{\"name\":\"b\"}]", TD_ERR_FORMAT, "A: a field is not");
    expect_field("uint8", "1", ",\"A\":{}", TD_ERR_FORMAT, "A: not an array");
    expect_field("uint8", "1", ",\"A\":[1]", TD_ERR_FORMAT, "A: a field is not");
    expect_field("uint8", "1,\"y\":2", "", TD_ERR_FORMAT, "M: the value has members");
}

TEST(typed_data, refuses_a_message_that_is_not_whole) {
    expect_refusal("[]", TD_ERR_FORMAT, "primaryType: not a string");
    expect_refusal("{\"primaryType\":1}", TD_ERR_FORMAT, "primaryType: not a string");
    expect_refusal("{\"primaryType\":\"M\"}", TD_ERR_FORMAT, "types: not an object");
    expect_refusal("{\"primaryType\":\"M\",\"types\":{}}", TD_ERR_FORMAT, "no such type");
    expect_refusal("{\"primaryType\":\"M\",\"types\":{\"M\":[]}}", TD_ERR_FORMAT,
                   "domain: not an obj");
    expect_refusal("{\"primaryType\":\"M\",\"types\":{\"M\":[]},\"domain\":{}}", TD_ERR_FORMAT,
                   "message: not an obj");
    expect_refusal(
        "{\"primaryType\":\"M\",\"types\":{\"M\":[]},\"domain\":{\"chain\":1},\"message\":{}}",
        TD_ERR_FORMAT, "EIP712Domain: the value has members");
    expect_refusal(
        "{\"primaryType\":\"EIP712Domain\",\"types\":{},\"domain\":{},\"message\":{\"a\":1}}",
        TD_ERR_FORMAT, "a message beside");
}

/* {"x": …} of a type M that holds itself in arrays, `depth` objects deep. */
static int hash_nested(td_diag *diag, size_t depth) {
    td_out text;
    td_hash out;
    td_out_init(&text, 1 << 16);
    td_out_printf(&text, "{\"types\":{\"M\":[{\"name\":\"x\",\"type\":\"M[]\"}]},"
                         "\"primaryType\":\"M\",\"domain\":{},\"message\":");
    for (size_t i = 1; i < depth; i++)
        td_out_printf(&text, "{\"x\":[");
    td_out_printf(&text, "{\"x\":[]}");
    for (size_t i = 1; i < depth; i++)
        td_out_printf(&text, "]}");
    td_out_put(&text, "}", 2);
    int err = hash_text(&out, diag, (char *)text.ptr, ARENA_MAX);
    td_out_fini(&text);
    return err;
}

TEST(typed_data, limits_nesting_and_counts) {
    td_diag diag;
    assert_int_equal(hash_nested(&diag, 16), TD_OK); /* 16 structs and 16 arrays */
    assert_int_equal(hash_nested(&diag, 17), TD_ERR_LIMIT);
    assert_non_null(strstr(diag.text, "M.x: structs and arrays nested deeper than 32"));

    char type[128] = "bool";
    size_t len = 4;
    for (size_t i = 0; i < 32; i++, len += 2)
        memcpy(type + len, "[]", 3);
    expect_field(type, "[]", "", TD_OK, "");
    memcpy(type + len, "[]", 3);
    expect_field(type, "[]", "", TD_ERR_LIMIT, "M.x: arrays nested deeper than 32");

    for (size_t count = 256; count <= 257; count++) {
        td_out text;
        td_hash out;
        td_out_init(&text, 1 << 16);
        td_out_printf(&text, "{\"primaryType\":\"T0\",\"domain\":{},\"message\":{},\"types\":{");
        for (size_t i = 0; i < count; i++)
            td_out_printf(&text, "%s\"T%zu\":[]", i == 0 ? "" : ",", i);
        td_out_put(&text, "}}", 3);
        assert_int_equal(hash_text(&out, &diag, (char *)text.ptr, ARENA_MAX),
                         count == 256 ? TD_OK : TD_ERR_LIMIT);
        td_out_fini(&text);
    }
}

TEST(typed_data, reports_a_full_arena) {
    const char *text =
        "{\"types\":{\"M\":[{\"name\":\"x\",\"type\":\"bool[]\"}]},\"primaryType\":\"M\","
        "\"domain\":{},\"message\":{\"x\":[]}}";
    td_hash out;
    td_diag diag;
    assert_int_equal(hash_text(&out, &diag, text, 0), TD_ERR_NOMEM);
    assert_int_equal(hash_text(&out, &diag, text, ARENA_MAX), TD_OK);
}

TEST(typed_data, of_the_domain_alone_is_its_separator) {
    /* keccak(0x1901 ‖ keccak(keccak("EIP712Domain(string name)") ‖ keccak("A"))) */
    td_hash got, type, separator;
    td_diag diag;
    uint8_t data[64], digest_data[34] = {0x19, 0x01};
    assert_int_equal(hash_text(&got, &diag,
                               "{\"types\":{},\"primaryType\":\"EIP712Domain\",\"domain\":{"
                               "\"name\":\"A\"},\"message\":{}}",
                               ARENA_MAX),
                     TD_OK);
    td_keccak256(&type, "EIP712Domain(string name)", 25);
    memcpy(data, type.b, 32);
    td_keccak256(&type, "A", 1);
    memcpy(data + 32, type.b, 32);
    td_keccak256(&separator, data, 64);
    memcpy(digest_data + 2, separator.b, 32);
    td_keccak256(&type, digest_data, 34);
    assert_memory_equal(got.b, type.b, 32);
}

TEST(personal_message, has_the_hashes_of_ethers) {
    static const struct {
        size_t len;
        const char *text, *hash;
    } cases[] = {
        {0, "", "5f35dce98ba4fba25530a026ed80b2cecdaa31091ba4958b99b52ea1d068adad"},
        {5, "hello", "50b2c43fd39106bafbba0da34fc430e1f91e3c96ea2acee2bc34119f92b37750"},
        {10, NULL, "f1cb9ad6fc32f2b28b0925b6025faf5a43b3214a9a7f6c608396c44dfffe9d5f"},
        {1000, NULL, "6a37e0b91509decb144d44cf932ba38dd926594952faf4817922845f01fa2908"},
    };
    for (size_t i = 0; i < TD_COUNT(cases); i++) {
        char message[1000];
        uint8_t want[32];
        memset(message, 'x', sizeof message);
        if (cases[i].text != NULL)
            memcpy(message, cases[i].text, cases[i].len);
        assert_int_equal(td_test_unhex(cases[i].hash, want, 32), 32);
        td_hash got = td_personal_hash(TD_BYTES(message, cases[i].len));
        assert_memory_equal(got.b, want, 32);
    }
}

TEST(signature_of_a_digest, is_the_one_of_ethers) {
    static const struct {
        const char *message, *signature;
    } cases[] = {
        {"hello", "f63c93dc642a4839770b35abf9cb304ac2f1b5463d9a9abd87546feaa0af992e"
                  "659cf087c433e45c45f6135cb819ab1922c6359dbb1b8c8d7a54141de2cd4beb1b"},
        {"", "ff65394fc6cc70eee8e5ee1160dfa355a0484ad2988b65d01aee4bf58288958f"
             "082ce5e2c2d9d49130a2b1e8d01850cc00b0f17637f029570420e5a4a8d724fd1c"},
    };
    uint8_t key[32], got[65], want[65];
    memset(key, 0x46, 32);
    for (size_t i = 0; i < TD_COUNT(cases); i++) {
        td_hash digest = td_personal_hash(TD_BYTES_STR(cases[i].message));
        assert_int_equal(td_test_unhex(cases[i].signature, want, 65), 65);
        assert_int_equal(td_sign_digest(got, &digest, key), TD_OK);
        assert_memory_equal(got, want, 65);
    }
    memset(key, 0, 32);
    td_hash digest = td_personal_hash(TD_BYTES(NULL, 0));
    assert_int_equal(td_sign_digest(got, &digest, key), TD_ERR_RANGE);
}
