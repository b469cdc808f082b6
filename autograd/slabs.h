/* Memory for nodes: slabs, in which a new node lies behind the one that was made before it.

   A graph is made in one order and swept in the reverse one. Python's own allocator gives what was
   freed last, so that after some steps of training neighbours in the graph lie anywhere in memory,
   and waiting for memory is most of the time of a sweep. In slabs both directions read it in order.

   A slab is filled from its start; what is freed in it are its holes. Once half of its nodes are
   gone it waits to be used again. Empty ones go first, from their start: a graph that fills holes
   lies scattered, and so do the holes that it leaves. SLABS_KEPT empty ones wait for the next
   graph, and what is beyond goes back to the system. Nodes take twice their memory at most, where
   a program keeps every other one.

   The global interpreter lock is the lock of all this. A child process that is forked has a copy.
   In free-threaded Python, whose lists are read without a lock, memory that was an object's may
   only become another object's as Python's own allocator does it; and WebAssembly has no pages to
   give back. There nodes stay with Python's allocator. */
#ifndef WHYGRAD_SLABS_H
#define WHYGRAD_SLABS_H

#if !defined(Py_GIL_DISABLED) && !defined(__EMSCRIPTEN__)
#define SLABS_USED 1
#else
#define SLABS_USED 0
#endif

#if SLABS_USED

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#ifdef _WIN32
#include <malloc.h>
#else
#include <sys/mman.h>
#endif

#define SLAB_BYTES ((uintptr_t)1 << 17) /* its address is a multiple of it, too */
#define SLAB_START 64                   /* where its first node is */
#define SLABS_KEPT 256                  /* 32 MB */
#define ARENA_BYTES ((uintptr_t)1 << 21) /* of slabs from the system at once: a large page */

#ifdef __SANITIZE_ADDRESS__ /* so that it sees who reads a node that was freed */
#include <sanitizer/asan_interface.h>
#define SLAB_SHOW(p, bytes) __asan_unpoison_memory_region(p, bytes)
#define SLAB_HIDE(p, bytes) __asan_poison_memory_region(p, bytes)
#else
#define SLAB_SHOW(p, bytes)
#define SLAB_HIDE(p, bytes)
#endif

typedef struct slab {
    struct slab *before, *after; /* among those that wait, the empty ones first */
    void *hole;                  /* the node freed last, which has the address of the one before */
    char *top;                   /* from here on it is unused since it was last empty */
    Py_ssize_t live;             /* the nodes in it */
    int waits;
} slab;

static slab slabs_waiting = {&slabs_waiting, &slabs_waiting, NULL, NULL, 0, 0}; /* a ring of them */
static slab *slab_now;                         /* the one that new nodes lie in */
static Py_ssize_t slabs_held, slabs_empty;     /* how many there are, and wait without a node */
static Py_ssize_t slab_node_bytes, slab_nodes; /* of a node, and how many a slab has room for */

#ifdef _WIN32

static inline void *slab_from_system(void) { return _aligned_malloc(SLAB_BYTES, SLAB_BYTES); }

static inline void slab_to_system(slab *s) { _aligned_free(s); }

#else

/* Pages of our own: malloc would put a header before each slab, on one page more. Past the first
   arena they are large pages, where the system has such: a graph of a million nodes, made and gone,
   waits half of its time for small ones. */
static inline char *arena_from_system(void) {
    char *pages = (char *)mmap(NULL, 2 * ARENA_BYTES, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    size_t before;
    if (pages == (char *)MAP_FAILED) return NULL;
    before = (size_t)(-(uintptr_t)pages & (ARENA_BYTES - 1));
    if (before > 0) munmap(pages, before);
    munmap(pages + before + ARENA_BYTES, ARENA_BYTES - before);
#ifdef MADV_HUGEPAGE
    if (slabs_held > 0) madvise(pages + before, ARENA_BYTES, MADV_HUGEPAGE);
#endif
    return pages + before;
}

static inline void *slab_from_system(void) {
    static char *next; /* the part of an arena that is no slab yet, up to a multiple of its size */
    if (((uintptr_t)next & (ARENA_BYTES - 1)) == 0) next = arena_from_system();
    if (next == NULL) return NULL;
    next += SLAB_BYTES;
    return next - SLAB_BYTES;
}

static inline void slab_to_system(slab *s) { munmap(s, SLAB_BYTES); }

#endif

static inline void slab_clear(slab *s) {
    s->hole = NULL;
    s->top = (char *)s + SLAB_START;
}

/* Put a slab behind another one in the ring. */
static inline void slab_wait(slab *s, slab *before) {
    s->waits = 1;
    s->before = before;
    s->after = before->after;
    s->before->after = s->after->before = s;
}

static inline void slab_wait_no_more(slab *s) {
    s->waits = 0;
    s->before->after = s->after;
    s->after->before = s->before;
}

/* Go on to the first slab that waits, or to a new one; -1 where there is no memory. */
static inline int slab_next(void) {
    slab *s = slabs_waiting.after;
    if (s != &slabs_waiting) {
        slab_wait_no_more(s);
        if (s->live == 0) slabs_empty--;
    } else {
        s = (slab *)slab_from_system();
        if (s == NULL) return -1;
        slabs_held++;
        s->live = s->waits = 0;
    }
    if (s->live == 0) slab_clear(s);
    slab_now = s;
    return 0;
}

/* Memory for a node; NULL, with an exception, where there is none. */
static inline void *slab_take(void) {
    for (;;) {
        slab *s = slab_now;
        if (s != NULL) {
            void *p = s->hole;
            if (p != NULL) {
                memcpy(&s->hole, p, sizeof p);
            } else if (s->top + slab_node_bytes <= (char *)s + SLAB_BYTES) {
                p = s->top;
                s->top += slab_node_bytes;
            }
            if (p != NULL) {
                SLAB_SHOW(p, slab_node_bytes);
                s->live++;
                return p;
            }
        }
        if (slab_next() < 0) return PyErr_NoMemory();
    }
}

static inline void slab_give(void *p) {
    slab *s = (slab *)((uintptr_t)p & ~(SLAB_BYTES - 1));
    memcpy(p, &s->hole, sizeof p);
    s->hole = p;
    SLAB_HIDE((char *)p + sizeof p, slab_node_bytes - sizeof p);
    if (--s->live > slab_nodes / 2) return;
    if (s == slab_now) {
        if (s->live == 0) slab_clear(s);
        return;
    }
    if (s->live > 0) {
        if (!s->waits) slab_wait(s, slabs_waiting.before);
        return;
    }
    if (s->waits) slab_wait_no_more(s);
    if (slabs_empty < SLABS_KEPT) {
        slabs_empty++;
        slab_wait(s, &slabs_waiting);
    } else {
        slabs_held--;
        SLAB_SHOW(s, SLAB_BYTES);
        slab_to_system(s);
    }
}

/* Let the objects of one type lie in slabs, before there is any. */

static inline PyObject *slab_alloc(PyTypeObject *type, Py_ssize_t items) {
    void *p = slab_take();
    (void)items;
    return p == NULL ? NULL : PyObject_Init((PyObject *)memset(p, 0, slab_node_bytes), type);
}

static inline void slabs_for(PyTypeObject *type) {
    slab_node_bytes = (type->tp_basicsize + 7) & ~(Py_ssize_t)7;
    slab_nodes = (SLAB_BYTES - SLAB_START) / slab_node_bytes;
    type->tp_alloc = slab_alloc;
    type->tp_free = slab_give;
}

#else

static const Py_ssize_t slabs_held = 0, slabs_empty = 0;

static inline void slabs_for(PyTypeObject *type) { (void)type; }

#endif
#endif
