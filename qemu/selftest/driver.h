/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Driver events of the software AFU.
 */
#ifndef _SELFTEST_DRIVER_H
#define _SELFTEST_DRIVER_H

#include "afu.h"

#if AFU_DELIVERY != AFU_DELIVERY_NONE

/* The largest payload that a version reserves space for. */
#if AFU_PAYLOAD_WORDS
#define PAYLOAD_MAX (AFU_PAYLOAD_WORDS * (int)sizeof(__u64))
#else
#define PAYLOAD_MAX ((int)(sizeof(struct cxl_event) - HEADER_SIZE))
#endif

/* Have the AFU driver hold an event, and say what read() is to make of it. */
struct cxl_event queue_event(int fd, int payload);

/* The same, but the AFU driver says @claim is the event's size. */
void queue_claiming(int fd, int payload, __u32 claim);

/* The same, but the AFU driver's op returns @error as it hands it over. */
void queue_failing(int fd, int payload, int error);

/* Associate SOFTAFU_OPS_*: 0 or an errno. */
int set_ops(int fd, __u32 which);
void must_set_ops(int fd, __u32 which);

/* How the ops were called so far, and the promises broken by that, in words. */
struct softafu_state ops_state(int fd);
const char *broken_words(__u32 broken);

#endif
#endif /* _SELFTEST_DRIVER_H */
