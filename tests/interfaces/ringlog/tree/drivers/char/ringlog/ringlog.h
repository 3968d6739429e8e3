/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RINGLOG_H
#define _RINGLOG_H

#include <linux/fs.h>
#include <linux/mutex.h>
#include <linux/ringlog.h>
#include <linux/wait.h>
#include <uapi/linux/ringlog.h>

#define RINGLOG_SLOTS 16

struct ringlog {
	struct miscdevice device;
	wait_queue_head_t wait;

	/* Protects what follows. */
	struct mutex lock;
	u32 sequence;
	u32 lost;
	unsigned int first;
	unsigned int count;
	char text[RINGLOG_SLOTS][RINGLOG_MAX];
};

extern const struct file_operations ringlog_fops;

#endif /* _RINGLOG_H */
