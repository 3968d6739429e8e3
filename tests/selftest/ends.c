// SPDX-License-Identifier: GPL-2.0-only
/* Cases that end in every way a case can end. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "cases.h"

#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT 1

FIXTURE(ends)
{
	struct watch watch;
};

FIXTURE_SETUP(ends)
{
	watch_start(&self->watch);
}

FIXTURE_TEARDOWN(ends)
{
	EXPECT_TRUE(watch_end(&self->watch));
}

TEST_F(ends, well)
{
}

static bool is_so(void)
{
	expected("%d", 1);
	return fail("read: %s", error_words(11));
}

TEST_F(ends, failed)
{
	ASSERT_TRUE(is_so());
}

TEST_F(ends, asserted)
{
	ASSERT_EQ(1, getpid());
}

TEST_F(ends, given_up)
{
	must(close(-1));
}

TEST_F(ends, killed)
{
	signal(SIGSEGV, SIG_DFL);
	raise(SIGSEGV);
}

TEST_F(ends, exited)
{
	exit(7);
}

TEST_F(ends, never)
{
	for (;;)
		pause();
}

TEST_F(ends, skipped)
{
	SKIP(return, "no %s", "memory");
}

TEST_F(ends, without_promised_warning)
{
	claim_warning("WARNING at %s", "nobody");
}

TEST_F(ends, with_a_complaint)
{
	kmsg_line(&self->watch.log, "BUG: all is lost");
}

TEST_F(ends, with_a_promised_complaint)
{
	claim_warning("BUG: all is lost");
	kmsg_line(&self->watch.log, "BUG: all is lost");
}

TEST_F(ends, failed_with_a_complaint)
{
	kmsg_line(&self->watch.log, "BUG: all is lost");
	ASSERT_TRUE(is_so());
}

TEST_F(ends, after_waiting)
{
	guard_ran_out(1000);
}

TEST_HARNESS_MAIN
