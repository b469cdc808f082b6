/* What an operating system and a processor have, by one name: threads, locks, a clock, memory. */
#ifndef WHYGRAD_SYSTEM_H
#define WHYGRAD_SYSTEM_H

#include <stddef.h>

#ifdef _WIN32
/* A handle, an SRWLOCK and a CONDITION_VARIABLE, each a pointer: windows.h has too many names. */
typedef void *Thread, *Lock, *Condition;
#else
#include <pthread.h>
typedef pthread_t Thread;
typedef pthread_mutex_t Lock;
typedef pthread_cond_t Condition;
#endif

/* False in success. */
int start_thread(Thread *, void (*work)(void *), void *given);
void join_thread(Thread);

void make_lock(Lock *);
void drop_lock(Lock *);
void take_lock(Lock *);
void give_lock(Lock *);

/* To be waited for, told of and waited for again by those who have the lock; a wait may end early,
 * and `wait_a_while` does after some 20 ms. */
void make_condition(Condition *);
void drop_condition(Condition *);
void wait_until_told(Condition *, Lock *);
void wait_a_while(Condition *, Lock *);
void tell_one(Condition *);
void tell_all(Condition *);

/* Let the processor rest for some nanoseconds. */
void rest(void);

/* Seconds since some beginning. */
double now(void);

/* Memory, all zeros, that begins at a page: much of it at a large one, where the system has them to
 * give. NULL where there is none. */
void *take_pages(size_t bytes);
void free_pages(void *);

/* Whether vectors of more than 16 bytes are compiled. GCC does not for Windows: it takes the stack to
 * be aligned for them, which it is not there. */
#if defined(__x86_64__) && (!defined(_WIN32) || defined(__clang__))
#define WIDE_VECTORS 1
#else
#define WIDE_VECTORS 0
#endif

/* Whether this processor, and the system, have the instructions of these targets. */
int has_avx2(void);
int has_avx512(void);

#endif
