/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads an LMDB data file (format 1 of LMDB 0.9, 64 bits) page by page and
 * refuses what LMDB would trust: it maps the file and follows page numbers and
 * offsets unchecked. Knows the layout of pages, not what columns hold.
 */
#define _GNU_SOURCE
#include "db/db_private.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Layout, all little-endian: page = pgno u64, pad u16, flags u16, {lower u16, upper u16 | overflow
 * page count u32}; leaf node = size u32, flags u16, key len u16, key, data; branch node = child
 * pgno in 48 bits, key len u16, key; head page = page header, magic u32, version u32, address u64,
 * map size u64, tree[2] (free list, main), last pgno u64, txn id u64; tree = pad u32 (page size in
 * tree 0), flags u16, depth u16, branch pages u64, leaf pages u64, overflow pages u64, entries u64,
 * root u64. */
enum {
    PAGE_HEADER_LEN = 16,
    NODE_HEADER_LEN = 8,
    TREE_LEN = 48,
    HEAD_LEN = 24 + 2 * TREE_LEN + 16,
    PAGE_BRANCH = 1,
    PAGE_LEAF = 2,
    PAGE_OVERFLOW = 4,
    PAGE_META = 8,
    NODE_BIG = 1,
    NODE_TREE = 2,
    TREE_FLAGS = 0x3e, /* orders of keys and of duplicates */
    TREE_INTEGER_KEY = 8,
    PAGE_SIZE_MIN = 512,
    PAGE_SIZE_MAX = 32768,
};
#define HEAD_MAGIC 0xbeefc0deu
#define NO_PAGE    UINT64_MAX

typedef enum tree_kind { TREE_FREE, TREE_MAIN, TREE_COLUMN } tree_kind;

typedef struct tree {
    tree_kind kind;
    uint32_t flags, depth;
    uint64_t entries, root;
} tree;

typedef struct walk {
    const char *path;
    td_diag *diag;
    int fd;
    uint32_t page_size;
    uint64_t page_count; /* a reachable page is below it: in the file, up to the last of the head */
    uint64_t last_page;  /* of the head */
    uint64_t file_len;
    tree trees[2];
    uint8_t *seen;  /* one bit a page */
    uint8_t *pages; /* room for the path from a root to a leaf, for both levels of trees */
} walk;

static int damaged(const walk *w, uint64_t page, const char *what) {
    return td_diag_set(w->diag, TD_ERR_CORRUPT, "%.300s: page %llu: %s: the file is damaged",
                       w->path, (unsigned long long)page, what);
}

static uint32_t load32(const uint8_t *p) {
    return td_load_le32(p);
}
static uint16_t load16(const uint8_t *p) {
    return td_load_le16(p);
}
static uint64_t load64(const uint8_t *p) {
    return td_load_le64(p);
}

static int read_at(const walk *w, uint8_t *out, size_t len, uint64_t offset, uint64_t page) {
    ssize_t n = pread(w->fd, out, len, (off_t)offset);
    if (n < 0)
        return td_diag_set(w->diag, TD_ERR_IO, "%.300s: page %llu: cannot read: %s", w->path,
                           (unsigned long long)page, strerror(errno));
    return (size_t)n == len ? TD_OK : damaged(w, page, "the file ends before it");
}

static tree read_tree(const uint8_t *p, tree_kind kind) {
    return (tree){.kind = kind,
                  .flags = load16(p + 4),
                  .depth = load16(p + 6),
                  .entries = load64(p + 32),
                  .root = load64(p + 40)};
}

/* Claims `count` pages from `page` for one use. */
static int claim(walk *w, uint64_t page, uint64_t count, uint64_t parent, uint64_t page_max) {
    if (page < 2 || page >= page_max || count > page_max - page)
        return damaged(w, parent, "names a page outside the file");
    for (uint64_t p = page; p < page + count; p++) {
        if (w->seen[p / 8] >> p % 8 & 1)
            return damaged(w, p, "is used twice");
        w->seen[p / 8] |= (uint8_t)(1u << p % 8);
    }
    return TD_OK;
}

/* The data of a leaf node that lives on pages of its own. */
static int check_big(walk *w, uint64_t page, const uint8_t *data, uint64_t size) {
    uint8_t header[PAGE_HEADER_LEN];
    uint64_t first = load64(data);
    uint64_t count = (PAGE_HEADER_LEN - 1 + size) / w->page_size + 1;
    int err = claim(w, first, count, page, w->page_count);
    if (err == TD_OK)
        err = read_at(w, header, sizeof header, first * w->page_size, first);
    if (err != TD_OK)
        return err;
    if (load64(header) != first || load16(header + 10) != PAGE_OVERFLOW ||
        load32(header + 12) != count)
        return damaged(w, first, "not the large value its leaf names");
    return TD_OK;
}

/* One entry of the free list: count, then page numbers, greatest first. */
static int check_free_ids(walk *w, uint64_t page, const uint8_t *data, uint64_t size) {
    if (size < 8 || load64(data) != size / 8 - 1 || size % 8 != 0)
        return damaged(w, page, "bad length of a free list");
    for (uint64_t i = 1; i < size / 8; i++) {
        uint64_t id = load64(data + 8 * i);
        if (i > 1 && id >= load64(data + 8 * (i - 1)))
            return damaged(w, page, "free list out of order");
        int err = claim(w, id, 1, page, w->last_page + 1);
        if (err != TD_OK)
            return err;
    }
    return TD_OK;
}

static int check_free_big(walk *w, uint64_t page, const uint8_t *data, uint64_t size) {
    uint8_t *ids = td_mem_alloc(size);
    if (ids == NULL)
        return td_diag_set(w->diag, TD_ERR_NOMEM, "%.300s: no memory to check it", w->path);
    uint64_t first = load64(data);
    int err = read_at(w, ids, size, first * w->page_size + PAGE_HEADER_LEN, first);
    if (err == TD_OK)
        err = check_free_ids(w, page, ids, size);
    td_mem_free(ids);
    return err;
}

static int check_tree(walk *w, tree t, uint8_t *pages);

static int check_leaf_node(walk *w, const tree *t, uint8_t *pages, uint64_t page,
                           const uint8_t *node, size_t room) {
    uint64_t size = load32(node);
    uint32_t flags = load16(node + 4), key_len = load16(node + 6);
    const uint8_t *data = node + NODE_HEADER_LEN + key_len;
    uint64_t here = flags & NODE_BIG ? 8 : size;
    if (NODE_HEADER_LEN + key_len + here > room)
        return damaged(w, page, "an entry passes the page's end");
    if (t->kind == TREE_MAIN)
        return flags == NODE_TREE && size == TREE_LEN
                   ? check_tree(w, read_tree(data, TREE_COLUMN), pages)
                   : damaged(w, page, "not a column's entry");
    if (flags != 0 && flags != NODE_BIG)
        return damaged(w, page, "unknown flags of an entry");
    if (size > (uint64_t)TD_DB_VALUE_LEN_MAX * 2)
        return damaged(w, page, "a value longer than any is");
    int err = flags & NODE_BIG ? check_big(w, page, data, size) : TD_OK;
    if (err == TD_OK && t->kind == TREE_FREE)
        err = flags & NODE_BIG ? check_free_big(w, page, data, size)
                               : check_free_ids(w, page, data, size);
    return err;
}

/* Keys of the free list are numbers of the host, others text. */
static int compare(const tree *t, td_bytes a, td_bytes b) {
    if (t->kind == TREE_FREE) {
        uint64_t x = load64(a.ptr), y = load64(b.ptr);
        return (x > y) - (x < y);
    }
    int c = memcmp(a.ptr, b.ptr, a.len < b.len ? a.len : b.len);
    return c != 0 ? c : (a.len > b.len) - (a.len < b.len);
}

/* Keys of a subtree lie in [low, high); a NULL ptr is no bound. */
typedef struct bounds {
    td_bytes low, high;
} bounds;

static int check_page(walk *w, tree *t, uint8_t *pages, uint64_t page, uint32_t level, bounds in);

/* Node `index` of the page at `pages`, its key checked against the page's end. NULL if outside. */
static const uint8_t *node_at(const walk *w, const tree *t, const uint8_t *p, uint32_t index,
                              td_bytes *key) {
    uint32_t at = load16(p + PAGE_HEADER_LEN + 2 * (size_t)index), upper = load16(p + 14);
    if (at < upper || at + NODE_HEADER_LEN > w->page_size)
        return NULL;
    *key = TD_BYTES(p + at + NODE_HEADER_LEN, load16(p + at + 6));
    bool leaf = load16(p + 10) == PAGE_LEAF, first_of_branch = !leaf && index == 0;
    if (at + NODE_HEADER_LEN + key->len > w->page_size || key->len > TD_DB_KEY_LEN_MAX ||
        (key->len == 0 && !first_of_branch) ||
        (t->kind == TREE_FREE && key->len != 8 && !first_of_branch))
        return NULL;
    return p + at;
}

static int check_nodes(walk *w, tree *t, uint8_t *pages, uint64_t page, uint32_t level, bounds in,
                       uint32_t count) {
    const uint8_t *p = pages;
    bool leaf = load16(p + 10) == PAGE_LEAF;
    td_bytes key, next;
    const uint8_t *node = node_at(w, t, p, 0, &key);
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *after = i + 1 < count ? node_at(w, t, p, i + 1, &next) : NULL;
        if (node == NULL || (i + 1 < count && after == NULL))
            return damaged(w, page, "an entry outside the page");
        if (!leaf && i == 0) /* LMDB takes the first key of a branch as minus infinity */
            key = in.low;
        bounds own = {key, after != NULL ? next : in.high};
        if ((key.ptr != NULL && in.low.ptr != NULL && compare(t, key, in.low) < 0) ||
            (key.ptr != NULL && own.high.ptr != NULL && compare(t, key, own.high) >= 0))
            return damaged(w, page, "keys out of order");
        uint64_t child = load32(node) | (uint64_t)load16(node + 4) << 32;
        int err = leaf ? check_leaf_node(w, t, pages + w->page_size, page, node,
                                         (size_t)(p + w->page_size - node))
                       : check_page(w, t, pages + w->page_size, child, level + 1, own);
        if (err != TD_OK)
            return err;
        node = after;
        key = next;
    }
    if (leaf)
        t->entries -= count; /* ends at 0; a wrap is as wrong */
    return TD_OK;
}

/* Recursion is bounded by the depth of the tree, itself at most TD_DB_TREE_DEPTH_MAX. */
static int check_page(walk *w, tree *t, uint8_t *pages, uint64_t page, uint32_t level, bounds in) {
    int err = claim(w, page, 1, page, w->page_count);
    if (err == TD_OK)
        err = read_at(w, pages, w->page_size, page * w->page_size, page);
    if (err != TD_OK)
        return err;
    uint32_t flags = load16(pages + 10), lower = load16(pages + 12), upper = load16(pages + 14);
    bool leaf = level + 1 == t->depth;
    if (load64(pages) != page || flags != (leaf ? PAGE_LEAF : PAGE_BRANCH))
        return damaged(w, page, "not the page its parent names");
    uint32_t count = (lower - PAGE_HEADER_LEN) / 2;
    if (lower < PAGE_HEADER_LEN || lower % 2 != 0 || lower > upper || upper > w->page_size ||
        count < (leaf ? 1u : 2u))
        return damaged(w, page, "bad bounds in its head");
    return check_nodes(w, t, pages, page, level, in, count);
}

static int check_tree(walk *w, tree t, uint8_t *pages) {
    /* above these bits the free list's entry holds flags of the environment */
    if ((t.flags & TREE_FLAGS) != (t.kind == TREE_FREE ? TREE_INTEGER_KEY : 0))
        return damaged(w, 0, "unknown flags of a tree");
    if (t.root == NO_PAGE && t.depth == 0 && t.entries == 0)
        return TD_OK;
    if (t.depth == 0 || t.depth > TD_DB_TREE_DEPTH_MAX)
        return damaged(w, 0, "depth of a tree out of range");
    uint64_t root = t.root;
    int err = check_page(w, &t, pages, root, 0, (bounds){0});
    return err != TD_OK || t.entries == 0 ? err : damaged(w, root, "wrong count of entries");
}

/* Reads both head pages and takes the newer, as LMDB does. Batch n writes head n mod 2, so the two
 * are neighbours; another number would silently take us back to an older state. */
static int read_heads(walk *w) {
    uint64_t newest = 0, txns[2];
    for (uint64_t page = 0; page < 2; page++) {
        uint8_t p[PAGE_HEADER_LEN + HEAD_LEN];
        int err = read_at(w, p, sizeof p, page * w->page_size, page);
        if (err != TD_OK)
            return err;
        const uint8_t *head = p + PAGE_HEADER_LEN;
        uint32_t size = load32(head + 24);
        if (load64(p) != page || load16(p + 10) != PAGE_META || load32(head) != HEAD_MAGIC)
            return damaged(w, page, "not a head page of a store");
        if (load32(head + 4) != 1)
            return damaged(w, page, "unknown version of the file layout");
        if (size < PAGE_SIZE_MIN || size > PAGE_SIZE_MAX || (size & (size - 1)) != 0 ||
            (page == 1 && size != w->page_size))
            return damaged(w, page, "bad page size");
        w->page_size = size;
        txns[page] = load64(head + HEAD_LEN - 8);
        if (page == 0 || txns[page] > newest) {
            newest = txns[page];
            w->last_page = load64(head + HEAD_LEN - 16);
            w->trees[TREE_FREE] = read_tree(head + 24, TREE_FREE);
            w->trees[TREE_MAIN] = read_tree(head + 24 + TREE_LEN, TREE_MAIN);
        }
    }
    uint64_t ahead = txns[0] > txns[1] ? txns[0] - txns[1] : txns[1] - txns[0];
    if (newest != 0 && (ahead != 1 || txns[0] % 2 != 0))
        return damaged(w, 0, "numbers of the last two batches do not follow");
    if (w->last_page < 1 || w->last_page >= (1ull << 40) / w->page_size)
        return damaged(w, 0, "last page out of range");
    uint64_t in_file = w->file_len / w->page_size;
    w->page_count = in_file <= w->last_page ? in_file : w->last_page + 1;
    return TD_OK;
}

static int check_structure(walk *w) {
    /* one page a level of the column trees, below one a level of the main tree */
    w->pages = td_mem_alloc((size_t)w->page_size * (2 * TD_DB_TREE_DEPTH_MAX + 1));
    w->seen = td_mem_alloc(w->last_page / 8 + 1);
    int err = TD_OK;
    if (w->pages == NULL || w->seen == NULL)
        err = td_diag_set(w->diag, TD_ERR_NOMEM, "%.300s: no memory to check it", w->path);
    for (int i = 0; i < 2 && err == TD_OK; i++)
        err = check_tree(w, w->trees[i], w->pages);
    td_mem_free(w->seen);
    td_mem_free(w->pages);
    return err;
}

int td_db_file_check(const char *path, td_diag *diag) {
    walk w = {.path = path, .diag = diag};
    w.fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (w.fd < 0 || fstat(w.fd, &st) != 0) {
        int code = errno;
        if (w.fd >= 0)
            (void)close(w.fd);
        return td_diag_set(diag, td_db_err(code), "%.300s: cannot read: %s", path, strerror(code));
    }
    w.file_len = (uint64_t)st.st_size;
    int err = read_heads(&w);
    /* A file may well end before its last page (pages freed by the batch that made them), so a
     * short one is no proof of damage, but a reason to look. */
    if (err == TD_OK && (w.file_len <= TD_DB_CHECK_LEN_MAX || w.page_count <= w.last_page))
        err = check_structure(&w);
    (void)close(w.fd);
    return err;
}
