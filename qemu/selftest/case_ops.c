// SPDX-License-Identifier: GPL-2.0-only
/* Ops that are not complete do no harm. */
#include "driver.h"

#if AFU_DELIVERY != AFU_DELIVERY_NONE

#include <errno.h>
#include <poll.h>

#define TEXT(name) #name
#define NAME_OF(macro) TEXT(macro)

#define CHECKS_NONE 0
#define CHECKS_ERROR 1
#define CHECKS_REFUSE 2

/* The setter's answer to ops that it does not take. */
static void expect_refused(int fd, __u32 which)
{
	int error;

	if (AFU_SET_OPS_CHECKS != CHECKS_ERROR)
		claim_warning("WARNING at " NAME_OF(AFU_SET_OPS));
	error = set_ops(fd, which);
	expected(NAME_OF(AFU_SET_OPS) " refuses");
	if (AFU_SET_OPS_RETURNS_INT && error != EINVAL)
		fail("setting the ops: %s", error_words(error));
}

static void set_half(int fd, __u32 which)
{
	AT();
	if (AFU_SET_OPS_CHECKS == CHECKS_NONE)
		must_set_ops(fd, which);
	else
		expect_refused(fd, which);
}

/* What poll() announces, read() hands over; here that is nothing. */
static void expect_nothing_announced(int fd)
{
	struct reading reading;
	int before, after;

	before = poll_now(fd);
	read_now(fd, CXL_READ_MIN_SIZE, &reading);
	after = poll_now(fd);
	expected("poll(0) says 0; read: EAGAIN; poll(0) says 0");
	if (before || after || reading.error != EAGAIN)
		fail("poll(0) says %s; read: %s; poll(0) says %s",
		     poll_words(before), reading_words(&reading),
		     poll_words(after));
}

static void expect_generic_event(int fd)
{
	struct cxl_event event = irq_event(fd, 1);

	raise_irq(fd, 1);
	expect_pending(fd);
	expect_event(fd, &event);
	expect_poll(fd, 0);
}

/* No ops yet: a context like any other. */
TEST(ops, never_set)
{
	int fd = open_bare_afu();

	queue_event(fd, 8);
	expect_nothing_pending(fd);
	expect_generic_event(fd);
}

/* An event that could be announced but not handed over is not announced. */
TEST(ops, without_deliver)
{
	int fd = open_bare_afu();

	set_half(fd, SOFTAFU_OPS_ONLY_PENDING);
	queue_event(fd, 8);
	AT();
	expect_nothing_announced(fd);
	expect_generic_event(fd);
}

/* Without a way to ask there is no event. */
TEST(ops, without_pending)
{
	int fd = open_bare_afu();

	set_half(fd, SOFTAFU_OPS_ONLY_DELIVER);
	queue_event(fd, 8);
	AT();
	expect_nothing_announced(fd);
	expect_generic_event(fd);
}

#if AFU_SET_OPS_NULL_OK
/* NULL takes the ops away, and complete ones bring the events back. */
TEST(ops, null)
{
	struct cxl_event event;
	int fd = open_afu();

	event = queue_event(fd, 8);
	expect_pending(fd);
	must_set_ops(fd, SOFTAFU_OPS_NULL);
	expect_nothing_pending(fd);
	expect_generic_event(fd);
	must_set_ops(fd, SOFTAFU_OPS_FULL);
	expect_event(fd, &event);
}
#else
/* NULL is refused, and the ops stay as they were. */
TEST(ops, null)
{
	struct cxl_event event;
	int fd = open_afu();

	AT();
	expect_refused(fd, SOFTAFU_OPS_NULL);
	event = queue_event(fd, 8);
	expect_pending(fd);
	expect_event(fd, &event);
	expect_generic_event(fd);
}
#endif

#endif
