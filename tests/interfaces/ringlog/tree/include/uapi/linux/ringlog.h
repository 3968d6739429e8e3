/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
#ifndef _UAPI_LINUX_RINGLOG_H
#define _UAPI_LINUX_RINGLOG_H

#include <linux/types.h>

/* read() returns one record: a header, and up to so many bytes. */
#define RINGLOG_MAX 120

enum ringlog_type {
	RINGLOG_LOST = 1,	/* a struct ringlog_lost */
	RINGLOG_TEXT = 2,
};

struct ringlog_header {
	__u16 type;
	__u16 size;		/* of what follows the header */
	__u32 sequence;
};

struct ringlog_lost {
	__u32 count;
};

#endif /* _UAPI_LINUX_RINGLOG_H */
