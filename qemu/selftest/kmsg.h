/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel complained of, from /dev/kmsg.
 */
#ifndef _SELFTEST_KMSG_H
#define _SELFTEST_KMSG_H

#include <stdbool.h>

#define KMSG_WARNINGS 8
#define KMSG_TEXT 256
#define KMSG_LINES 256

struct kmsg {
	int fd;
	/* one line for each warning, oops or stall, the same in every run */
	char warnings[KMSG_WARNINGS][KMSG_TEXT];
	int count;
	/* all that was logged, as it was */
	char lines[KMSG_LINES][KMSG_TEXT];
	int line_count;
	/* the warning being read: after its first line, and what it said */
	bool cut_here, in_oops;
	char said[KMSG_TEXT];
};

/* Look at what is logged from now on. */
void kmsg_start(struct kmsg *log);
/* Look at what was logged since boot. */
void kmsg_start_at_boot(struct kmsg *log);
/* Read what was logged since. */
void kmsg_read(struct kmsg *log);
/* One line of the log, without its prefix. */
void kmsg_line(struct kmsg *log, const char *line);
void kmsg_print(const struct kmsg *log, const char *prefix);
void kmsg_end(struct kmsg *log);

#endif /* _SELFTEST_KMSG_H */
