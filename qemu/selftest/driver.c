// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "driver.h"

#if AFU_DELIVERY != AFU_DELIVERY_NONE

/* No byte is 0, and events in a row differ. */
static void fill(__u8 *data, int payload)
{
	static int events;
	int i, start = 7 * events++;

	for (i = 0; i < payload; i++)
		data[i] = 1 + (start + i) % 0x9f;
}

static void queue(int fd, int payload, __u32 claim, struct cxl_event *event)
{
	static struct softafu_event queued;

	memset(&queued, 0, sizeof(queued));
	queued.claim = claim;
	queued.len = payload;
	fill(queued.data, payload);
	must(ioctl(fd, SOFTAFU_QUEUE, &queued));

	memset(event, 0, sizeof(*event));
	event->header.type = AFU_EVENT;
	event->header.size = claim;
	event->header.process_element = process_element(fd);
	memcpy(&event->AFU_PAYLOAD_MEMBER, queued.data, payload);
}

struct cxl_event queue_event(int fd, int payload)
{
	struct cxl_event event;

	queue(fd, payload, HEADER_SIZE + payload, &event);
	return event;
}

void queue_claiming(int fd, int payload, __u32 claim)
{
	struct cxl_event event;

	queue(fd, payload, claim, &event);
}

int set_ops(int fd, __u32 which)
{
	return ioctl(fd, SOFTAFU_SET_OPS, &which) ? errno : 0;
}

#endif
