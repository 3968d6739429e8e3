// SPDX-License-Identifier: GPL-2.0-only
/* What poll() and read() of a cxl context promise, whatever an AFU driver adds. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>

#include "agree.h"
#include "sleeper.h"

/* poll(): no event, no bit. */
TEST(poll, nothing_pending)
{
	expect_poll(open_afu(), 0);
}

/* poll(): an event of any kind is data to read, and nothing else. */
TEST(poll, generic_events)
{
	int irq = open_afu(), fault = open_afu(), error = open_afu();

	raise_irq(irq, 1);
	raise_fault(fault, 1, 2);
	raise_error(error, 3);
	expect_poll(irq, POLLIN | POLLRDNORM);
	expect_poll(fault, POLLIN | POLLRDNORM);
	expect_poll(error, POLLIN | POLLRDNORM);
}

/* read() with O_NONBLOCK: EAGAIN where it would have to wait. */
TEST(read, nothing_pending)
{
	expect_error(open_afu(), EAGAIN);
}

/* read(): a buffer that an event of any size may not fit in is refused. */
TEST(read, short_buffer)
{
	static const size_t sizes[] = {
		0, sizeof(struct cxl_event), CXL_READ_MIN_SIZE - 1,
	};
	struct cxl_event event;
	struct reading reading;
	int fd = open_afu();
	size_t i;

	/* Pending or not, the event stays for a reader with room. */
	raise_irq(fd, 3);
	event = irq_event(fd, 3);
	AT();
	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		read_now(fd, sizes[i], &reading);
		expected("read of %zu bytes: EINVAL", sizes[i]);
		if (reading.error != EINVAL)
			fail("read of %zu bytes: %s", sizes[i],
			     reading_words(&reading));
	}
	expect_event(fd, &event);
}

/* An AFU interrupt: its number, and no more. */
TEST(generic, interrupt)
{
	struct cxl_event event;
	int fd = open_afu();

	raise_irq(fd, 7);
	event = irq_event(fd, 7);
	expect_event(fd, &event);
	expect_nothing_pending(fd);
}

/* Interrupts that are pending together are events of their own, lowest first. */
TEST(generic, two_interrupts)
{
	struct cxl_event low, high;
	int fd = open_afu();

	raise_irq(fd, SOFTAFU_IRQS);
	raise_irq(fd, 1);
	low = irq_event(fd, 1);
	high = irq_event(fd, SOFTAFU_IRQS);
	expect_event(fd, &low);
	expect_pending(fd);
	expect_event(fd, &high);
	expect_nothing_pending(fd);
}

/* A storage fault: address and DSISR. */
TEST(generic, fault)
{
	struct cxl_event event;
	int fd = open_afu();

	raise_fault(fd, 0x123456789abcdef0, 0x0fedcba987654321);
	event = fault_event(fd, 0x123456789abcdef0, 0x0fedcba987654321);
	expect_event(fd, &event);
	expect_nothing_pending(fd);
}

/* An AFU error: its register. */
TEST(generic, afu_error)
{
	struct cxl_event event;
	int fd = open_afu();

	raise_error(fd, 0xfeedfacecafebeef);
	event = error_event(fd, 0xfeedfacecafebeef);
	expect_event(fd, &event);
	expect_nothing_pending(fd);
}

/* Pending together: interrupt, fault, error, each of them whole. */
TEST(generic, all_three)
{
	struct cxl_event irq, fault, error;
	int fd = open_afu();

	raise_error(fd, 3);
	raise_fault(fd, 1, 2);
	raise_irq(fd, 4);
	irq = irq_event(fd, 4);
	fault = fault_event(fd, 1, 2);
	error = error_event(fd, 3);
	expect_event(fd, &irq);
	expect_event(fd, &fault);
	expect_event(fd, &error);
	expect_nothing_pending(fd);
}

/* An event is its own context's, and names it. */
TEST(generic, contexts_do_not_mix)
{
	int first = open_afu(), second = open_afu();
	struct cxl_event event;

	raise_irq(second, 2);
	event = irq_event(second, 2);
	expect_nothing_pending(first);
	expect_event(second, &event);
	expected("two contexts have two process elements");
	if (process_element(first) == process_element(second))
		fail("both are process element %u", process_element(first));
}

/* select() and epoll say what poll() says, event or not. */
TEST(poll, select_and_epoll_agree)
{
	int fd = open_afu();

	expect_agreement(fd, 0);
	raise_fault(fd, 1, 2);
	expect_agreement(fd, POLLIN | POLLRDNORM);
	stop(fd);
	expect_agreement(fd, POLLIN | POLLRDNORM);
}

/* … and when the context is closed. */
TEST(poll, select_and_epoll_agree_on_closed)
{
	int fd = open_afu();

	stop(fd);
	expect_agreement(fd, POLLERR);
}

/* A closed context: POLLERR, and EIO even to a reader that would wait. */
TEST(closed, nothing_pending)
{
	int fd = open_afu();

	stop(fd);
	expect_poll(fd, POLLERR);
	expect_error(fd, EIO);
	blocking(fd);
	expect_error(fd, EIO);
}

/* A closed context: pending events come first, and only they. */
TEST(closed, generic_events_first)
{
	struct cxl_event irq, fault;
	int fd = open_afu();

	raise_irq(fd, 5);
	raise_fault(fd, 1, 2);
	irq = irq_event(fd, 5);
	fault = fault_event(fd, 1, 2);
	stop(fd);
	expect_pending(fd);
	expect_event(fd, &irq);
	expect_pending(fd);
	expect_event(fd, &fault);
	expect_poll(fd, POLLERR);
	expect_error(fd, EIO);
}

/* A link that is down: EIO at once, and events are kept until it is up. */
TEST(link, down)
{
	struct cxl_event event;
	int fd = open_afu();

	raise_error(fd, 6);
	event = error_event(fd, 6);
	link_is(false);
	expect_error(fd, EIO);
	blocking(fd);
	expect_error(fd, EIO);
	link_is(true);
	expect_event(fd, &event);
}

/* A signal ends a read that waits; the context is none the worse. */
TEST(read, interrupted_by_signal)
{
	struct sleeper reader;
	struct cxl_event event;
	int fd = open_afu();

	blocking(fd);
	sleeper_start(&reader, fd, IN_READ);
	AT();
	expected("the reader sleeps");
	if (!sleeper_sleeps(&reader))
		fail("read: %s", reading_words(&reader.awoken->reading));
	must(kill(reader.pid, SIGUSR1));
	expected("read: EINTR");
	if (sleeper_sleeps(&reader))
		fail("asleep in spite of the signal");
	if (reader.awoken->error != EINTR)
		fail("read: %s", reading_words(&reader.awoken->reading));
	raise_irq(fd, 1);
	event = irq_event(fd, 1);
	expect_event(fd, &event);
}
