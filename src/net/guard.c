/* SPDX-License-Identifier: Apache-2.0
 *
 * Which requests are let in. A page in the user's browser must not reach a
 * node on the loopback address: not by a cross-origin request (Origin), not by
 * DNS rebinding (Host), not by a form (Content-Type). What two parties could
 * frame differently is refused (RFC 9112, 6.3 and 11.2). Pure functions.
 */
#include "net/net_private.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

static bool is(td_bytes a, const char *text) {
    return a.len == strlen(text) && strncasecmp((const char *)a.ptr, text, a.len) == 0;
}

static bool is_token(td_bytes name) {
    for (size_t i = 0; i < name.len; i++) {
        uint8_t c = name.ptr[i];
        bool letter = (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
        if (!letter && (c == 0 || strchr("!#$%&'*+-.^_`|~", c) == NULL))
            return false;
    }
    return name.len != 0;
}

void td_net_head_add(td_net_head *head, td_bytes name, td_bytes value) {
    if (!is_token(name))
        head->bad_name = true;
    td_bytes *slot = is(name, "host")                ? &head->host
                     : is(name, "origin")            ? &head->origin
                     : is(name, "content-type")      ? &head->content_type
                     : is(name, "content-length")    ? &head->content_length
                     : is(name, "transfer-encoding") ? &head->transfer_encoding
                                                     : NULL;
    if (slot == NULL)
        return;
    if (slot->ptr != NULL)
        head->repeated = true;
    *slot = value.ptr != NULL ? value : TD_BYTES_STR("");
}

/* Is `host` (name or address, with or without port) a name of the loopback address? */
static bool names_loopback(td_bytes host) {
    char text[64];
    if (host.len == 0 || host.len >= sizeof text || memchr(host.ptr, 0, host.len) != NULL)
        return false;
    memcpy(text, host.ptr, host.len);
    text[host.len] = 0;
    char *name = text, *port = NULL;
    if (text[0] == '[') {
        char *end = strchr(text, ']');
        if (end == NULL || (end[1] != 0 && end[1] != ':'))
            return false;
        port = end[1] == ':' ? end + 2 : NULL;
        *end = 0;
        name = text + 1;
    } else if ((port = strchr(text, ':')) != NULL) {
        *port++ = 0;
    }
    if (port != NULL && strspn(port, "0123456789") != strlen(port))
        return false;
    struct in_addr v4;
    struct in6_addr v6;
    if (text[0] == '[')
        return inet_pton(AF_INET6, name, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
    return strcasecmp(name, "localhost") == 0 ||
           (inet_pton(AF_INET, name, &v4) == 1 && ntohl(v4.s_addr) >> 24 == 127);
}

/* Is the media type one of JSON? Absence is allowed: a browser cannot send a body without one. */
static bool is_json(td_bytes type) {
    if (type.ptr == NULL)
        return true;
    const uint8_t *semicolon = memchr(type.ptr, ';', type.len);
    if (semicolon != NULL)
        type.len = (size_t)(semicolon - type.ptr);
    while (type.len != 0 && (type.ptr[type.len - 1] == ' ' || type.ptr[type.len - 1] == '\t'))
        type.len--;
    return is(type, "application/json");
}

static bool all_digits(td_bytes text) {
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
    return text.len != 0 && text.len <= 19; /* fits 64 bits */
}

static td_net_refusal judge_framing(const td_net_head *h, size_t body_len_max) {
    td_bytes length = h->content_length, coding = h->transfer_encoding;
    if (h->bad_name)
        return (td_net_refusal){400, "a header's name holds a character that is not allowed"};
    if (h->repeated)
        return (td_net_refusal){400, "a header that may stand once stands twice"};
    if (length.ptr != NULL && coding.ptr != NULL)
        return (td_net_refusal){400, "both Content-Length and Transfer-Encoding"};
    if (coding.ptr != NULL && (h->http_1_0 || !is(coding, "chunked")))
        return (td_net_refusal){400, "Transfer-Encoding other than chunked"};
    if (length.ptr == NULL)
        return (td_net_refusal){0};
    if (!all_digits(length))
        return (td_net_refusal){400, "Content-Length is not a number"};
    uint64_t value = 0;
    for (size_t i = 0; i < length.len; i++)
        value = value * 10 + (uint64_t)(length.ptr[i] - '0');
    return (td_net_refusal){value > body_len_max ? 413 : 0, NULL};
}

td_net_refusal td_net_head_judge(const td_net_head *h, bool loopback, const char *allow_origin,
                                 size_t body_len_max) {
    td_net_refusal refusal = judge_framing(h, body_len_max);
    if (refusal.status == 400)
        return refusal;
    if (loopback && h->host.ptr != NULL && !names_loopback(h->host))
        return (td_net_refusal){403, "Host is not a name of the loopback address"};
    if (h->host.ptr == NULL && !h->http_1_0)
        return (td_net_refusal){400, "no Host"};
    if (h->origin.ptr != NULL && allow_origin == NULL)
        return (td_net_refusal){403, "cross-origin requests are not allowed (--allow-origin)"};
    if (h->origin.ptr != NULL && strcmp(allow_origin, "*") != 0 && !is(h->origin, allow_origin))
        return (td_net_refusal){403, "this origin is not allowed (--allow-origin)"};
    bool post = td_bytes_eq(h->method, TD_BYTES_STR("POST"));
    if (post && !is_json(h->content_type))
        return (td_net_refusal){415, "Content-Type must be application/json"};
    bool body = h->transfer_encoding.ptr != NULL ||
                (h->content_length.ptr != NULL && !is(h->content_length, "0"));
    if (!post && body && refusal.status == 0)
        return (td_net_refusal){400, "only POST has a body"};
    return refusal;
}
