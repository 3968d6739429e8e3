/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_RINGLOG_H
#define _LINUX_RINGLOG_H

#include <linux/types.h>

/* A ring of records, which programs read from a character device. */
struct ringlog;

struct ringlog *ringlog_create(const char *name);
void ringlog_destroy(struct ringlog *log);

/* Add a text of at most RINGLOG_MAX bytes. The oldest text is lost where the ring is full. */
void ringlog_add(struct ringlog *log, const char *text);

#endif /* _LINUX_RINGLOG_H */
