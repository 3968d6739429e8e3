// SPDX-License-Identifier: GPL-2.0-only
/* What kernel code can do with a ring. */
#include "ringlog.h"

struct ringlog *ringlog_create(const char *name)
{
	struct ringlog *log = kzalloc(sizeof(*log), GFP_KERNEL);

	if (!log)
		return NULL;

	mutex_init(&log->lock);
	init_waitqueue_head(&log->wait);
	log->device.minor = MISC_DYNAMIC_MINOR;
	log->device.name = name;
	log->device.fops = &ringlog_fops;
	if (misc_register(&log->device)) {
		kfree(log);
		return NULL;
	}

	return log;
}
EXPORT_SYMBOL_GPL(ringlog_create);

void ringlog_destroy(struct ringlog *log)
{
	misc_deregister(&log->device);
	kfree(log);
}
EXPORT_SYMBOL_GPL(ringlog_destroy);

void ringlog_add(struct ringlog *log, const char *text)
{
	mutex_lock(&log->lock);
	if (log->count == RINGLOG_SLOTS) {
		log->first = (log->first + 1) % RINGLOG_SLOTS;
		log->lost++;
		log->count--;
	}
	strncpy(log->text[(log->first + log->count) % RINGLOG_SLOTS], text, RINGLOG_MAX);
	log->count++;
	mutex_unlock(&log->lock);

	wake_up_interruptible(&log->wait);
}
EXPORT_SYMBOL_GPL(ringlog_add);

MODULE_LICENSE("GPL");
