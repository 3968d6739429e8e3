// SPDX-License-Identifier: GPL-2.0-only
/* Cases that end in every way a case can end, for tests of the harness. */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "harness.h"

__attribute__((constructor))
static void hurry(void)
{
	case_deadline_ms = 300;
}

TEST_LAST(ends, last)
{
}

TEST(ends, well)
{
}

TEST(ends, failed)
{
	AT();
	expected("%d", 1);
	fail("read: %s", error_words(11));
}

TEST(ends, killed)
{
	signal(SIGSEGV, SIG_DFL);
	raise(SIGSEGV);
}

TEST(ends, exited)
{
	exit(3);
}

TEST(ends, never)
{
	AT();
	for (;;)
		pause();
}

TEST(ends, never_and_ignores_signals)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	for (;;)
		;
}

TEST(ends, while_its_child_sleeps)
{
	if (!fork())
		pause();
}

TEST(ends, without_promised_warning)
{
	claim_warning("WARNING at %s", "nobody");
}

TEST(ends, after_waiting)
{
	guard_ran_out(1000);
}

TEST_FIRST(ends, first)
{
}
