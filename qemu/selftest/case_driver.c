// SPDX-License-Identifier: GPL-2.0-only
/* What an AFU driver's own events promise to userspace. */
#include "driver.h"

#if AFU_DELIVERY != AFU_DELIVERY_NONE
#include <poll.h>

/* poll() announces the event, read() hands all of it over, once. */
TEST(driver, event_is_delivered_once)
{
	struct cxl_event event;
	int fd = open_afu();

	event = queue_event(fd, 16);
	expect_poll(fd, POLLIN | POLLRDNORM);
	expect_event(fd, &event);
	expect_nothing_pending(fd);
}
#endif
