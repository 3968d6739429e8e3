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

static struct cxl_event queue(int fd, int payload, __u32 claim, int error)
{
	struct cxl_event event;
	static struct softafu_event queued;

	memset(&queued, 0, sizeof(queued));
	queued.claim = claim;
	queued.error = error;
	queued.len = payload;
	fill(queued.data, payload);
	must(ioctl(fd, SOFTAFU_QUEUE, &queued));

	memset(&event, 0, sizeof(event));
	event.header.type = AFU_EVENT;
	event.header.size = claim;
	event.header.process_element = process_element(fd);
	memcpy(&event.AFU_PAYLOAD_MEMBER, queued.data, payload);
	return event;
}

struct cxl_event queue_event(int fd, int payload)
{
	return queue(fd, payload, HEADER_SIZE + payload, 0);
}

void queue_claiming(int fd, int payload, __u32 claim)
{
	queue(fd, payload, claim, 0);
}

void queue_failing(int fd, int payload, int error)
{
	queue(fd, payload, HEADER_SIZE + payload, error);
}

void must_set_ops(int fd, __u32 which)
{
	must(ioctl(fd, SOFTAFU_SET_OPS, &which));
}

int set_ops(int fd, __u32 which)
{
	return ioctl(fd, SOFTAFU_SET_OPS, &which) ? errno : 0;
}

struct softafu_state ops_state(int fd)
{
	struct softafu_state state;

	must(ioctl(fd, SOFTAFU_STATE, &state));
	return state;
}

const char *broken_words(__u32 broken)
{
	static const struct {
		__u32 bit;
		const char *word;
	} words[] = {
		{ SOFTAFU_BROKEN_LOCK, " lock" },
		{ SOFTAFU_BROKEN_EVENT, " event" },
		{ SOFTAFU_BROKEN_TYPE, " type" },
		{ SOFTAFU_BROKEN_PE, " process-element" },
		{ SOFTAFU_BROKEN_SIZE, " size" },
		{ SOFTAFU_BROKEN_ROOM, " room" },
	};
	static char text[TEXT_MAX];
	size_t i;

	text[0] = '\0';
	for (i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (broken & words[i].bit)
			strcat(text, words[i].word);
	return text[0] ? text : " nothing";
}

#endif
