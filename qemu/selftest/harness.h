/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Test cases, each in a process of its own, reported as KTAP.
 *
 * A case ends at the first thing that is not as it should be, and says what was
 * observed in words that are the same in every run: no address, no time, no pid.
 */
#ifndef _SELFTEST_HARNESS_H
#define _SELFTEST_HARNESS_H

#include <stdbool.h>
#include <stddef.h>

#define TEXT_MAX 256

#define __printf(format, args) __attribute__((__format__(printf, format, args)))
#define __noreturn __attribute__((__noreturn__))

struct test {
	const char *name;
	void (*run)(void);
	int place;
	const char *file;
	int line;
	struct test *next;
};

void test_register(struct test *test);

#define TEST_PLACED(where, group, claim)				\
	static void group##_##claim(void);				\
	static struct test group##_##claim##_test = {			\
		.name = #group "." #claim,				\
		.run = group##_##claim,					\
		.place = where,						\
		.file = __FILE__,					\
		.line = __LINE__,					\
	};								\
	__attribute__((constructor))					\
	static void group##_##claim##_register(void)			\
	{								\
		test_register(&group##_##claim##_test);			\
	}								\
	static void group##_##claim(void)

/* Cases run in the order of their file names, then of their lines. */
#define TEST(group, claim)		TEST_PLACED(0, group, claim)
#define TEST_FIRST(group, claim)	TEST_PLACED(-1, group, claim)
#define TEST_LAST(group, claim)		TEST_PLACED(1, group, claim)

/* The line that the case has come to: told with a failure, and with a case that hangs. */
void at(const char *file, int line);
#define AT() at(__FILE__, __LINE__)

/* What ought to be, for the reader of a failure. */
void expected(const char *fmt, ...) __printf(1, 2);

/* End the case as failed. */
void fail(const char *observed, ...) __printf(1, 2) __noreturn;

/*
 * A warning that is this version's promised answer. It is not reported as one,
 * and the case fails if it does not come.
 */
void claim_warning(const char *warning, ...) __printf(1, 2);

/* Time that was spent on waiting for what did not come. */
void guard_ran_out(int ms);

/* The name of an errno. */
const char *error_words(int error);

/* Memory that the processes of all cases share; zero at first. */
void *shared_alloc(size_t size);

/* Milliseconds of a clock that only goes forward. */
long long now_ms(void);

/* Run all registered cases and report; true if all of them passed. */
bool run_tests(void);

/* A case may run this long before all its processes are killed. */
extern int case_deadline_ms;

#endif /* _SELFTEST_HARNESS_H */
