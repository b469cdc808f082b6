/* What system.h promises, by POSIX or by Windows. */
#include "system.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PAGE 4096
#define LARGE_PAGE (1 << 21)
#define WHILE 20 /* milliseconds */

/* What a new thread is to do. */
typedef struct {
  void (*work)(void *);
  void *given;
} Beginning;

static Beginning *beginning_of(void (*work)(void *), void *given) {
  Beginning *b = malloc(sizeof(Beginning));
  if (b) b->work = work, b->given = given;
  return b;
}

static void begin(Beginning *beginning) {
  const Beginning b = *beginning;
  free(beginning);
  b.work(b.given);
}

#ifdef _WIN32

#define WIN32_LEAN_AND_MEAN
#include <malloc.h>
#include <process.h>
#include <windows.h>

_Static_assert(sizeof(Lock) == sizeof(SRWLOCK), "a lock is a pointer");
_Static_assert(sizeof(Condition) == sizeof(CONDITION_VARIABLE), "a condition is a pointer");

static unsigned __stdcall begin_thread(void *beginning) {
  begin(beginning);
  return 0;
}

int start_thread(Thread *thread, void (*work)(void *), void *given) {
  Beginning *b = beginning_of(work, given);
  if (!b) return -1;
  *thread = (Thread)_beginthreadex(NULL, 0, begin_thread, b, 0, NULL);
  if (*thread) return 0;
  free(b);
  return -1;
}

void join_thread(Thread thread) {
  WaitForSingleObject(thread, INFINITE);
  CloseHandle(thread);
}

void make_lock(Lock *lock) { InitializeSRWLock((PSRWLOCK)lock); }
void drop_lock(Lock *lock) { (void)lock; }
void take_lock(Lock *lock) { AcquireSRWLockExclusive((PSRWLOCK)lock); }
void give_lock(Lock *lock) { ReleaseSRWLockExclusive((PSRWLOCK)lock); }

void make_condition(Condition *c) { InitializeConditionVariable((PCONDITION_VARIABLE)c); }
void drop_condition(Condition *c) { (void)c; }
void tell_one(Condition *c) { WakeConditionVariable((PCONDITION_VARIABLE)c); }
void tell_all(Condition *c) { WakeAllConditionVariable((PCONDITION_VARIABLE)c); }

void wait_until_told(Condition *c, Lock *lock) {
  SleepConditionVariableSRW((PCONDITION_VARIABLE)c, (PSRWLOCK)lock, INFINITE, 0);
}

void wait_a_while(Condition *c, Lock *lock) {
  SleepConditionVariableSRW((PCONDITION_VARIABLE)c, (PSRWLOCK)lock, WHILE, 0);
}

double now(void) {
  LARGE_INTEGER ticks, a_second;
  QueryPerformanceCounter(&ticks);
  QueryPerformanceFrequency(&a_second);
  return (double)ticks.QuadPart / (double)a_second.QuadPart;
}

static void *some_pages(size_t page, size_t bytes) { return _aligned_malloc(bytes, page); }
void free_pages(void *p) { _aligned_free(p); }

#else

#include <time.h>
#ifdef __linux__
#include <sys/mman.h>
#endif

static void *begin_thread(void *beginning) {
  begin(beginning);
  return NULL;
}

int start_thread(Thread *thread, void (*work)(void *), void *given) {
  Beginning *b = beginning_of(work, given);
  if (!b) return -1;
  if (!pthread_create(thread, NULL, begin_thread, b)) return 0;
  free(b);
  return -1;
}

void join_thread(Thread thread) { pthread_join(thread, NULL); }

void make_lock(Lock *lock) { pthread_mutex_init(lock, NULL); }
void drop_lock(Lock *lock) { pthread_mutex_destroy(lock); }
void take_lock(Lock *lock) { pthread_mutex_lock(lock); }
void give_lock(Lock *lock) { pthread_mutex_unlock(lock); }

void make_condition(Condition *c) { pthread_cond_init(c, NULL); }
void drop_condition(Condition *c) { pthread_cond_destroy(c); }
void tell_one(Condition *c) { pthread_cond_signal(c); }
void tell_all(Condition *c) { pthread_cond_broadcast(c); }
void wait_until_told(Condition *c, Lock *lock) { pthread_cond_wait(c, lock); }

void wait_a_while(Condition *c, Lock *lock) {
  struct timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_nsec += WHILE * 1000000;
  if (until.tv_nsec >= 1000000000) until.tv_nsec -= 1000000000, until.tv_sec++;
  pthread_cond_timedwait(c, lock, &until);
}

double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void *some_pages(size_t page, size_t bytes) {
  void *p = aligned_alloc(page, bytes);
#ifdef MADV_HUGEPAGE
  if (p && page == LARGE_PAGE) madvise(p, bytes, MADV_HUGEPAGE);
#endif
  return p;
}

void free_pages(void *p) { free(p); }

#endif

void *take_pages(size_t bytes) {
  const size_t page = bytes < LARGE_PAGE ? PAGE : LARGE_PAGE;
  const size_t whole = (bytes + page) / page * page;
  void *p = some_pages(page, whole);
  return p ? memset(p, 0, bytes) : NULL;
}

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>

void rest(void) { _mm_pause(); }

/* The instructions that the processor has and whose registers the system saves: __builtin_cpu_supports
 * says so too, but needs a library that a compiler for Windows does not link by itself. */
static int has(unsigned saved, unsigned in_ebx) {
  const unsigned fma = 1u << 12, osxsave = 1u << 27;
  unsigned a, b, c, d, low, high;
  if (!__get_cpuid(1, &a, &b, &c, &d) || (c & fma) != fma || (c & osxsave) != osxsave) return 0;
  __asm__ __volatile__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  if ((low & saved) != saved) return 0;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & in_ebx) == in_ebx;
}

int has_avx2(void) { return has(0x06, 1u << 5); }

int has_avx512(void) { /* F, DQ, BW and VL */
  return has(0xe6, 1u << 5 | 1u << 16 | 1u << 17 | 1u << 30 | 1u << 31);
}

#else

#if defined(__aarch64__)
void rest(void) { __asm__ __volatile__("yield"); }
#else
void rest(void) {}
#endif
int has_avx2(void) { return 0; }
int has_avx512(void) { return 0; }

#endif
