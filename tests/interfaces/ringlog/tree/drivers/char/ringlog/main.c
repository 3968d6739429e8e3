// SPDX-License-Identifier: GPL-2.0-only
/* The character device of a ring: poll() and read(). */
#include "ringlog.h"

static struct ringlog *ringlog_of(struct file *file)
{
	return container_of(file->private_data, struct ringlog, device);
}

/* Without the lock: whoever takes a record looks again. */
static bool ringlog_has_record(struct ringlog *log)
{
	if (READ_ONCE(log->lost) || READ_ONCE(log->count))
		return true;

	return false;
}

static __poll_t ringlog_poll(struct file *file, struct poll_table_struct *wait)
{
	struct ringlog *log = ringlog_of(file);
	__poll_t mask = 0;

	poll_wait(file, &log->wait, wait);
	if (ringlog_has_record(log))
		mask = EPOLLIN | EPOLLRDNORM;

	return mask;
}

static u16 ringlog_take_lost(struct ringlog *log, void *body)
{
	struct ringlog_lost lost = { .count = log->lost };

	memcpy(body, &lost, sizeof(lost));
	log->lost = 0;
	return sizeof(lost);
}

static u16 ringlog_take_text(struct ringlog *log, void *body)
{
	const char *text = log->text[log->first];
	size_t size = strnlen(text, RINGLOG_MAX);

	memcpy(body, text, size);
	log->first = (log->first + 1) % RINGLOG_SLOTS;
	log->count--;
	return size;
}

static ssize_t ringlog_read(struct file *file, char __user *buf, size_t count, loff_t *offset)
{
	struct ringlog *log = ringlog_of(file);
	struct ringlog_header header = {};
	char body[RINGLOG_MAX];
	ssize_t rc;

	if (count < sizeof(header) + sizeof(body))
		return -EINVAL;

again:
	rc = wait_event_interruptible(log->wait, ringlog_has_record(log));
	if (rc)
		return rc;

	mutex_lock(&log->lock);
	if (log->lost) {
		header.type = RINGLOG_LOST;
		header.size = ringlog_take_lost(log, body);
	} else if (log->count) {
		header.type = RINGLOG_TEXT;
		header.size = ringlog_take_text(log, body);
	} else {
		/* Another reader was faster. */
		mutex_unlock(&log->lock);
		goto again;
	}
	header.sequence = log->sequence++;
	mutex_unlock(&log->lock);

	if (copy_to_user(buf, &header, sizeof(header)) ||
	    copy_to_user(buf + sizeof(header), body, header.size))
		return -EFAULT;

	return sizeof(header) + header.size;
}

const struct file_operations ringlog_fops = {
	.owner = THIS_MODULE,
	.poll = ringlog_poll,
	.read = ringlog_read,
};
