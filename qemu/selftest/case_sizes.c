// SPDX-License-Identifier: GPL-2.0-only
/*
 * The size that an AFU driver claims is not to be trusted: userspace reads
 * neither the kernel's memory nor an end of file out of it.
 */
#include "driver.h"

#if AFU_DELIVERY != AFU_DELIVERY_NONE

#include <errno.h>

/* The event is lost, the next one is not. */
static void expect_next_event(int fd)
{
	struct cxl_event next = queue_event(fd, PAYLOAD_MAX);

	expect_event(fd, &next);
	expect_nothing_pending(fd);
}

/*
 * An error, and one that is the event's: EFAULT would blame the reader's own
 * buffer, EAGAIN and EINTR would have it try again.
 */
static bool is_error(const struct reading *reading)
{
	return reading->length < 0 && !reading->touched &&
	       reading->error != EFAULT && reading->error != EAGAIN &&
	       reading->error != EINTR;
}

static void expect_refusal(__u32 claim)
{
	struct reading reading;
	int fd = open_afu();

	queue_claiming(fd, PAYLOAD_MAX, claim);
	AT();
	read_now(fd, CXL_READ_MIN_SIZE, &reading);
	expected("read: an error that is not the reader's");
	if (reading.touched > sizeof(struct cxl_event))
		fail("read: %s, %zu bytes written", reading_words(&reading),
		     reading.touched);
	if (!is_error(&reading))
		fail("read: %s", reading_words(&reading));
	expect_next_event(fd);
}

/* One byte more than there is in an event. */
TEST(size, one_byte_over)
{
	expect_refusal(sizeof(struct cxl_event) + 1);
}

/* More than any reader's buffer need hold. */
TEST(size, over_read_min_size)
{
	expect_refusal(CXL_READ_MIN_SIZE + 1);
}

/* As much as header.size can say. */
TEST(size, largest)
{
	expect_refusal(0xffff);
}

/* 0 bytes from read() would be an end of file. */
TEST(size, zero)
{
	expect_refusal(0);
}

/* Half a header tells a reader nothing. */
TEST(size, less_than_header)
{
	expect_refusal(HEADER_SIZE - 1);
}

#endif
