/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The software AFU as a case sees it: contexts, events, and what they answer.
 */
#ifndef _SELFTEST_AFU_H
#define _SELFTEST_AFU_H

#include <stdbool.h>
#include <sys/types.h>
#include <misc/cxl.h>

#include "afu_under_test.h"
#include "harness.h"
#include "softafu.h"

#define HEADER_SIZE ((int)sizeof(struct cxl_event_header))

/* read() writes no more than this, so that what it wrote too much is seen. */
#define READING_SIZE 0x11000

/* One read(). */
struct reading {
	ssize_t length;
	int error;
	/* bytes from the start of the buffer up to the last one written */
	size_t touched;
	union {
		struct cxl_event event;
		unsigned char bytes[READING_SIZE];
	};
};

/*
 * A new context, the third or later of the AFU so that its process element is
 * not 0 by chance. Reads do not block unless the case says blocking(). Where
 * the feature exists, open_afu() also associates complete ops.
 */
int open_afu(void);
int open_bare_afu(void);
void blocking(int fd);
__u16 process_element(int fd);
void stop(int fd);
void link_is(bool up);

/* Generic events with their wake-up, as the interrupt handlers raise them. */
void raise_irq(int fd, int irq);
void raise_fault(int fd, __u64 addr, __u64 dsisr);
void raise_error(int fd, __u64 error);

struct cxl_event irq_event(int fd, int irq);
struct cxl_event fault_event(int fd, __u64 addr, __u64 dsisr);
struct cxl_event error_event(int fd, __u64 error);

/* What poll(0) says at this moment, and its words. */
int poll_now(int fd);
const char *poll_words(int mask);

/* One read() into a buffer of @count bytes. */
void read_now(int fd, size_t count, struct reading *reading);
const char *reading_words(const struct reading *reading);

/*
 * The case fails, naming the place, if these do not hold. expect_poll() is
 * exact; expect_pending() is for cases that are about something else.
 */
#define expect_poll(fd, mask) (AT(), check_poll(fd, mask))
#define expect_pending(fd) (AT(), check_pending(fd))
#define expect_error(fd, error) (AT(), check_error(fd, error))
#define expect_event(fd, event) (AT(), check_event(fd, event))
#define expect_nothing_pending(fd) (AT(), check_nothing_pending(fd))
void check_poll(int fd, int mask);
void check_pending(int fd);
void check_error(int fd, int error);
void check_event(int fd, const struct cxl_event *event);
void check_nothing_pending(int fd);

/* The case fails, saying what could not be done. */
#define must(call) (AT(), must_do(#call, call))
long must_do(const char *call, long result);

#endif /* _SELFTEST_AFU_H */
