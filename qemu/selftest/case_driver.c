// SPDX-License-Identifier: GPL-2.0-only
/* What an AFU driver's own events promise to userspace. */
#include "driver.h"

#if AFU_DELIVERY != AFU_DELIVERY_NONE

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "agree.h"

/* poll(): a driver event is data to read, until it was read. */
TEST(driver, poll)
{
	struct reading reading;
	int fd = open_afu();

	queue_event(fd, 8);
	expect_poll(fd, POLLIN | POLLRDNORM);
	expect_poll(fd, POLLIN | POLLRDNORM);
	read_now(fd, CXL_READ_MIN_SIZE, &reading);
	expect_poll(fd, 0);
}

/* read(): type, size, process element and payload, and nothing a second time. */
TEST(driver, read)
{
	struct cxl_event event;
	int fd = open_afu();

	event = queue_event(fd, PAYLOAD_MAX / 2);
	expect_event(fd, &event);
	expect_error(fd, EAGAIN);
}

/* The payload may be as large as the version reserves space for. */
TEST(driver, largest_payload)
{
	struct cxl_event event;
	int fd = open_afu();

	event = queue_event(fd, PAYLOAD_MAX);
	expect_event(fd, &event);
	expect_nothing_pending(fd);
}

/* … of any length, not only of whole words … */
TEST(driver, odd_payload)
{
	struct cxl_event event;
	int fd = open_afu();

	event = queue_event(fd, PAYLOAD_MAX - 3);
	expect_event(fd, &event);
	expect_nothing_pending(fd);
}

/* … or absent: the header is an event. */
TEST(driver, no_payload)
{
	struct cxl_event event;
	int fd = open_afu();

	event = queue_event(fd, 0);
	expect_pending(fd);
	expect_event(fd, &event);
	expect_nothing_pending(fd);
}

/* Each read() takes one event, in the AFU driver's order. */
TEST(driver, two_events)
{
	struct cxl_event first, second;
	int fd = open_afu();

	first = queue_event(fd, 4);
	second = queue_event(fd, 8);
	expect_event(fd, &first);
	expect_pending(fd);
	expect_event(fd, &second);
	expect_nothing_pending(fd);
}

/* An event is its own context's, and names it. */
TEST(driver, contexts_do_not_mix)
{
	struct cxl_event to_first, to_second;
	int first = open_afu(), second = open_afu();

	to_second = queue_event(second, 8);
	expect_nothing_pending(first);
	to_first = queue_event(first, 8);
	expect_event(second, &to_second);
	expect_event(first, &to_first);
}

static void expect_all_four(int fd, const struct cxl_event *driver)
{
	struct cxl_event irq = irq_event(fd, 9), fault = fault_event(fd, 1, 2),
			 error = error_event(fd, 3);

	if (AFU_DRIVER_FIRST)
		expect_event(fd, driver);
	expect_event(fd, &irq);
	expect_event(fd, &fault);
	expect_event(fd, &error);
	if (!AFU_DRIVER_FIRST)
		expect_event(fd, driver);
	expect_nothing_pending(fd);
}

static void raise_all_generic(int fd)
{
	raise_irq(fd, 9);
	raise_fault(fd, 1, 2);
	raise_error(fd, 3);
}

/* Which comes first is promised, and does not depend on which came first. */
TEST(driver, priority_over_earlier_generic)
{
	struct cxl_event driver;
	int fd = open_afu();

	raise_all_generic(fd);
	driver = queue_event(fd, PAYLOAD_MAX);
	expect_all_four(fd, &driver);
}

TEST(driver, priority_over_later_generic)
{
	struct cxl_event driver;
	int fd = open_afu();

	driver = queue_event(fd, PAYLOAD_MAX);
	raise_all_generic(fd);
	expect_all_four(fd, &driver);
}

/* select() and epoll say what poll() says of a driver event. */
TEST(driver, select_and_epoll_agree)
{
	int fd = open_afu();

	queue_event(fd, 8);
	expect_agreement(fd, POLLIN | POLLRDNORM);
}

/* A closed context: a pending driver event is still handed over. */
TEST(driver, closed_after_event)
{
	struct cxl_event event;
	int fd = open_afu();

	event = queue_event(fd, 8);
	stop(fd);
	expect_pending(fd);
	expect_event(fd, &event);
	expect_poll(fd, POLLERR);
	expect_error(fd, EIO);
}

/* A link that is down: EIO, and the driver event is kept until it is up. */
TEST(driver, link_down)
{
	struct cxl_event event;
	int fd = open_afu();

	event = queue_event(fd, 8);
	link_is(false);
	expect_error(fd, EIO);
	link_is(true);
	expect_event(fd, &event);
}

/* A reader without room takes no event away. */
TEST(driver, short_buffer)
{
	struct cxl_event event;
	struct reading reading;
	int fd = open_afu();

	event = queue_event(fd, 8);
	AT();
	read_now(fd, CXL_READ_MIN_SIZE - 1, &reading);
	expected("read: EINVAL");
	if (reading.error != EINVAL)
		fail("read: %s", reading_words(&reading));
	expect_event(fd, &event);
}

/* The AFU driver is called as the comment on the ops promises. */
TEST(driver, ops_are_called_as_promised)
{
	struct softafu_state state;
	struct cxl_event event;
	int fd = open_afu();

	event = queue_event(fd, PAYLOAD_MAX);
	expect_pending(fd);
	expect_event(fd, &event);
	expect_nothing_pending(fd);
	AT();
	state = ops_state(fd);
	expected("asked for one event, no promise broken");
	if (state.broken || state.delivered != 1 || !state.asked)
		fail("asked for %u events, broken%s", state.delivered,
		     broken_words(state.broken));
}

#if AFU_OP_DELIVER_RETURNS_INT
/* An AFU driver that fails to hand an event over has the reader told why. */
TEST(driver, error_reaches_reader)
{
	struct cxl_event next;
	int fd = open_afu();

	queue_failing(fd, 8, ENODEV);
	next = queue_event(fd, 8);
	expect_error(fd, ENODEV);
	expect_event(fd, &next);
}
#endif

#endif
