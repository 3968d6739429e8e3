// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "afu.h"

#define UNTOUCHED 0xa5

static int softafu = -1;

long must_do(const char *call, long result)
{
	if (result < 0)
		fail("%.*s: %s", (int)strcspn(call, "("), call,
		     error_words(errno));
	return result;
}

static int open_softafu(void)
{
	int spare;

	if (softafu < 0) {
		softafu = open("/dev/softafu", O_RDWR | O_CLOEXEC);
		if (softafu < 0)
			fail("/dev/softafu: %s", error_words(errno));
		for (spare = 0; spare < 2; spare++)
			must(ioctl(softafu, SOFTAFU_OPEN));
	}
	return softafu;
}

int open_bare_afu(void)
{
	int fd = must(ioctl(open_softafu(), SOFTAFU_OPEN));

	must(fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK));
	return fd;
}

int open_afu(void)
{
	int fd = open_bare_afu();

#if AFU_DELIVERY != AFU_DELIVERY_NONE
	__u32 which = SOFTAFU_OPS_FULL;

	must(ioctl(fd, SOFTAFU_SET_OPS, &which));
#endif
	return fd;
}

void blocking(int fd)
{
	must(fcntl(fd, F_SETFL, O_RDWR));
}

__u16 process_element(int fd)
{
	__u32 pe;

	must(ioctl(fd, CXL_IOCTL_GET_PROCESS_ELEMENT, &pe));
	if (pe < 2)
		fail("the context is number %u of the AFU", pe);
	return pe;
}

void stop(int fd)
{
	must(ioctl(fd, SOFTAFU_STOP));
}

void link_is(bool up)
{
	__u32 value = up;

	must(ioctl(open_softafu(), SOFTAFU_LINK, &value));
}

void raise_irq(int fd, int irq)
{
	struct softafu_generic raised = {
		.type = CXL_EVENT_AFU_INTERRUPT,
		.irq = irq,
	};

	must(ioctl(fd, SOFTAFU_RAISE, &raised));
}

void raise_fault(int fd, __u64 addr, __u64 dsisr)
{
	struct softafu_generic raised = {
		.type = CXL_EVENT_DATA_STORAGE,
		.addr = addr,
		.dsisr = dsisr,
	};

	must(ioctl(fd, SOFTAFU_RAISE, &raised));
}

void raise_error(int fd, __u64 error)
{
	struct softafu_generic raised = {
		.type = CXL_EVENT_AFU_ERROR,
		.error = error,
	};

	must(ioctl(fd, SOFTAFU_RAISE, &raised));
}

static struct cxl_event event_of(int fd, __u16 type, size_t payload)
{
	struct cxl_event event;

	memset(&event, 0, sizeof(event));
	event.header.type = type;
	event.header.size = HEADER_SIZE + payload;
	event.header.process_element = process_element(fd);
	return event;
}

struct cxl_event irq_event(int fd, int irq)
{
	struct cxl_event event = event_of(fd, CXL_EVENT_AFU_INTERRUPT,
					  sizeof(event.irq));

	event.irq.irq = irq;
	return event;
}

struct cxl_event fault_event(int fd, __u64 addr, __u64 dsisr)
{
	struct cxl_event event = event_of(fd, CXL_EVENT_DATA_STORAGE,
					  sizeof(event.fault));

	event.fault.addr = addr;
	event.fault.dsisr = dsisr;
	return event;
}

struct cxl_event error_event(int fd, __u64 error)
{
	struct cxl_event event = event_of(fd, CXL_EVENT_AFU_ERROR,
					  sizeof(event.afu_error));

	event.afu_error.error = error;
	return event;
}

int poll_now(int fd)
{
	struct pollfd polled = {
		.fd = fd,
		.events = POLLIN | POLLPRI | POLLOUT | POLLRDNORM | POLLRDBAND |
			  POLLWRNORM | POLLWRBAND | POLLRDHUP,
	};

	must(poll(&polled, 1, 0));
	return polled.revents;
}

const char *poll_words(int mask)
{
	static const struct {
		int bit;
		const char *word;
	} words[] = {
		{ POLLIN, "POLLIN" },	      { POLLRDNORM, "POLLRDNORM" },
		{ POLLPRI, "POLLPRI" },	      { POLLOUT, "POLLOUT" },
		{ POLLERR, "POLLERR" },	      { POLLHUP, "POLLHUP" },
		{ POLLNVAL, "POLLNVAL" },     { POLLRDBAND, "POLLRDBAND" },
		{ POLLWRNORM, "POLLWRNORM" }, { POLLWRBAND, "POLLWRBAND" },
		{ POLLRDHUP, "POLLRDHUP" },
	};
	/* Two of them fit in one sentence. */
	static char texts[2][128];
	static int turn;
	char *text = texts[turn ^= 1];
	size_t i;

	text[0] = '\0';
	for (i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (!(mask & words[i].bit))
			continue;
		if (text[0])
			strcat(text, "|");
		strcat(text, words[i].word);
	}
	return text[0] ? text : "0";
}

void read_now(int fd, size_t count, struct reading *reading)
{
	memset(reading->bytes, UNTOUCHED, READING_SIZE);
	errno = 0;
	reading->length = read(fd, reading->bytes, count);
	reading->error = reading->length < 0 ? errno : 0;
	reading->touched = READING_SIZE;
	while (reading->touched > 0 &&
	       reading->bytes[reading->touched - 1] == UNTOUCHED)
		reading->touched--;
}

static const char *type_words(__u16 type)
{
	static char other[32];

	switch (type) {
	case CXL_EVENT_RESERVED:
		return "reserved";
	case CXL_EVENT_AFU_INTERRUPT:
		return "interrupt";
	case CXL_EVENT_DATA_STORAGE:
		return "fault";
	case CXL_EVENT_AFU_ERROR:
		return "error";
	}
#if AFU_DELIVERY != AFU_DELIVERY_NONE
	if (type == AFU_EVENT)
		return "driver";
#endif
	snprintf(other, sizeof(other), "type %u", type);
	return other;
}

const char *reading_words(const struct reading *reading)
{
	static char texts[2][128];
	static int turn;
	char *text = texts[turn ^= 1];
	const struct cxl_event_header *header = &reading->event.header;

	if (reading->length < 0)
		snprintf(text, sizeof(texts[0]), "%s",
			 error_words(reading->error));
	else if (reading->length < HEADER_SIZE)
		snprintf(text, sizeof(texts[0]), "%zd bytes", reading->length);
	else
		snprintf(text, sizeof(texts[0]),
			 "%s event, %zd bytes, size %u, process element %u",
			 type_words(header->type), reading->length,
			 header->size, header->process_element);
	return text;
}

void check_poll(int fd, int mask)
{
	int says = poll_now(fd);

	if (says == mask)
		return;
	expected("poll(0) says %s", poll_words(mask));
	fail("poll(0) says %s", poll_words(says));
}

void check_pending(int fd)
{
	int says = poll_now(fd);

	expected("poll(0) says POLLIN");
	if (!(says & POLLIN) || says & POLLERR)
		fail("poll(0) says %s", poll_words(says));
}

void check_error(int fd, int error)
{
	struct reading reading;

	read_now(fd, CXL_READ_MIN_SIZE, &reading);
	expected("read: %s", error_words(error));
	if (reading.length >= 0 || reading.error != error)
		fail("read: %s", reading_words(&reading));
	expected("read: %s, and an untouched buffer", error_words(error));
	if (reading.touched)
		fail("read: %s, %zu bytes written", reading_words(&reading),
		     reading.touched);
}

/* All bytes: fields that are not used are 0. */
void check_event(int fd, const struct cxl_event *event)
{
	struct reading reading, ought = {
		.length = event->header.size,
		.event = *event,
	};
	size_t i;

	read_now(fd, CXL_READ_MIN_SIZE, &reading);
	expected("read: %s", reading_words(&ought));
	if (reading.length != ought.length ||
	    memcmp(&reading.event, event, HEADER_SIZE))
		fail("read: %s", reading_words(&reading));
	for (i = HEADER_SIZE; i < event->header.size; i++) {
		expected("byte %zu: 0x%02x", i, ought.bytes[i]);
		if (reading.bytes[i] != ought.bytes[i])
			fail("read: %s, byte %zu is 0x%02x",
			     reading_words(&reading), i, reading.bytes[i]);
	}
	expected("no byte written behind the event");
	if (reading.touched > event->header.size)
		fail("read: %s, %zu bytes written", reading_words(&reading),
		     reading.touched);
}

void check_nothing_pending(int fd)
{
	struct reading reading;

	check_poll(fd, 0);
	read_now(fd, CXL_READ_MIN_SIZE, &reading);
	expected("read: no event");
	if (reading.length >= 0)
		fail("read: %s", reading_words(&reading));
}
