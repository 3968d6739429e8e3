// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"
#include "kmsg.h"

int case_deadline_ms = 10000;

/* What a case tells its parent, which outlives it. */
static struct verdict {
	bool failed;
	char observed[TEXT_MAX];
	char expected[TEXT_MAX];
	char claimed[TEXT_MAX];
	const char *file;
	int line;
	int guard_ms;
} *verdict;

static struct test *tests;
static int test_count;

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool comes_before(const struct test *a, const struct test *b)
{
	int order = strcmp(base_name(a->file), base_name(b->file));

	if (a->place != b->place)
		return a->place < b->place;
	return order < 0 || (order == 0 && a->line < b->line);
}

void test_register(struct test *test)
{
	struct test **place = &tests;

	while (*place && comes_before(*place, test))
		place = &(*place)->next;
	test->next = *place;
	*place = test;
	test_count++;
}

void *shared_alloc(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED) {
		perror("# mmap");
		exit(1);
	}
	return memory;
}

const char *error_words(int error)
{
	const char *name = strerrorname_np(error);

	return name ? name : "an errno without a name";
}

long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

void at(const char *file, int line)
{
	/* The case itself, not what it calls. */
	if (strncmp(base_name(file), "case_", strlen("case_")))
		return;
	verdict->file = file;
	verdict->line = line;
}

void expected(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(verdict->expected, TEXT_MAX, fmt, args);
	va_end(args);
}

void fail(const char *observed, ...)
{
	va_list args;

	va_start(args, observed);
	vsnprintf(verdict->observed, TEXT_MAX, observed, args);
	va_end(args);
	verdict->failed = true;
	_exit(1);
}

void guard_ran_out(int ms)
{
	verdict->guard_ms += ms;
}

void claim_warning(const char *warning, ...)
{
	va_list args;

	va_start(args, warning);
	vsnprintf(verdict->claimed, TEXT_MAX, warning, args);
	va_end(args);
}

/* Wait for a signal that some child ended, but not for longer than until @end. */
static void wait_for_child(long long end)
{
	long long left = end - now_ms();
	struct timespec timeout = {
		.tv_sec = left / 1000,
		.tv_nsec = left % 1000 * 1000000,
	};
	sigset_t child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	if (left > 0)
		sigtimedwait(&child, NULL, &timeout);
}

/* As init, reap every process that has ended; true if @pid is among them. */
static bool reap(pid_t pid, int *status)
{
	bool found = false;
	int ended;
	pid_t done;

	while ((done = waitpid(-1, &ended, WNOHANG)) > 0) {
		if (done == pid) {
			*status = ended;
			found = true;
		}
	}
	return found;
}

static bool case_ends(pid_t pid, int *status)
{
	long long end = now_ms() + case_deadline_ms;

	while (!reap(pid, status)) {
		if (now_ms() >= end)
			return false;
		wait_for_child(end);
	}
	return true;
}

static bool group_ends(pid_t group)
{
	long long end = now_ms() + case_deadline_ms;
	int status;

	for (;;) {
		reap(group, &status);
		if (kill(-group, SIGKILL) && errno == ESRCH)
			return true;
		if (now_ms() >= end)
			return false;
		wait_for_child(end);
	}
}

static void observed_status(int status)
{
	if (WIFSIGNALED(status)) {
		verdict->failed = true;
		snprintf(verdict->observed, TEXT_MAX, "killed by SIG%s",
			 sigabbrev_np(WTERMSIG(status)));
	} else if (WEXITSTATUS(status) && !verdict->failed) {
		verdict->failed = true;
		snprintf(verdict->observed, TEXT_MAX, "exit status %d",
			 WEXITSTATUS(status));
	}
}

/* The case and whatever it started are one process group, gone after this. */
static void run_case(const struct test *test)
{
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0) {
		verdict->failed = true;
		snprintf(verdict->observed, TEXT_MAX, "fork: %s",
			 error_words(errno));
		return;
	}
	if (!pid) {
		setpgid(0, 0);
		test->run();
		_exit(0);
	}
	setpgid(pid, pid);
	if (case_ends(pid, &status)) {
		observed_status(status);
	} else {
		verdict->failed = true;
		strcpy(verdict->observed, "timeout");
	}
	if (!group_ends(pid)) {
		verdict->failed = true;
		strcpy(verdict->observed, "a process cannot be killed");
	}
}

static void report_warnings(struct kmsg *log)
{
	bool came = false;
	int i;

	for (i = 0; i < log->count; i++) {
		if (!strcmp(log->warnings[i], verdict->claimed)) {
			came = true;
			printf("# promised-warning: %s\n", log->warnings[i]);
		} else {
			printf("# warning: %s\n", log->warnings[i]);
		}
	}
	if (verdict->claimed[0] && !came && !verdict->failed) {
		verdict->failed = true;
		strcpy(verdict->observed, "the promised warning did not come");
		strcpy(verdict->expected, verdict->claimed);
	}
}

static bool report(const struct test *test, int number, struct kmsg *log,
		   long long ms)
{
	report_warnings(log);
	if (verdict->failed) {
		if (verdict->file)
			printf("# at: %s:%d\n", base_name(verdict->file),
			       verdict->line);
		if (verdict->expected[0])
			printf("# expected: %s\n", verdict->expected);
		kmsg_print(log, "# kmsg: ");
		printf("# observed: %s\n", verdict->observed);
	}
	if (verdict->guard_ms)
		printf("# guard_ms: %d\n", verdict->guard_ms);
	printf("# duration_ms: %lld\n", ms);
	printf("%s %d %s\n", verdict->failed ? "not ok" : "ok", number,
	       test->name);
	fflush(stdout);
	return !verdict->failed;
}

bool run_tests(void)
{
	const struct test *test;
	bool passed = true;
	long long start;
	sigset_t child;
	struct kmsg log;
	int number = 0;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	/* Init is given the orphans anyway. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	verdict = shared_alloc(sizeof(*verdict));

	printf("1..%d\n", test_count);
	for (test = tests; test; test = test->next) {
		printf("# start: %s\n", test->name);
		memset(verdict, 0, sizeof(*verdict));
		kmsg_start(&log);
		start = now_ms();
		run_case(test);
		kmsg_read(&log);
		passed &= report(test, ++number, &log, now_ms() - start);
		kmsg_end(&log);
	}
	return passed;
}
