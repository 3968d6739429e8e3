/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_FS_H
#define _LINUX_FS_H

#include <linux/types.h>
#include <linux/wait.h>

#define THIS_MODULE NULL
#define MISC_DYNAMIC_MINOR 255
#define EPOLLIN 0x01
#define EPOLLRDNORM 0x40

struct file {
	void *private_data;
};

struct poll_table_struct;

struct file_operations {
	void *owner;
	__poll_t (*poll)(struct file *file, struct poll_table_struct *wait);
	ssize_t (*read)(struct file *file, char __user *buf, size_t count, loff_t *offset);
};

struct miscdevice {
	int minor;
	const char *name;
	const struct file_operations *fops;
};

int misc_register(struct miscdevice *device);
void misc_deregister(struct miscdevice *device);
void poll_wait(struct file *file, wait_queue_head_t *head, struct poll_table_struct *wait);

#endif /* _LINUX_FS_H */
