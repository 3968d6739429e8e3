// SPDX-License-Identifier: GPL-2.0-only
/* What poll() and read() of a cxl context promise, whatever an AFU driver adds. */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "afu.h"

/* poll(): no event, no bit. */
TEST(poll, nothing_pending)
{
	expect_poll(open_afu(), 0);
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
	struct reading reading;
	int fd = open_afu();
	size_t i;

	/* Pending or not: the event stays for a reader with room. */
	raise_irq(fd, 3);
	AT();
	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		read_now(fd, sizes[i], &reading);
		expected("read of %zu bytes: EINVAL", sizes[i]);
		if (reading.error != EINVAL)
			fail("read of %zu bytes: %s", sizes[i],
			     reading_words(&reading));
	}
	expect_poll(fd, POLLIN | POLLRDNORM);
}
