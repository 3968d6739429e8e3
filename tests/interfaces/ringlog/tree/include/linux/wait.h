/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_WAIT_H
#define _LINUX_WAIT_H

typedef struct {
	int sleepers;
} wait_queue_head_t;

void init_waitqueue_head(wait_queue_head_t *head);
void wake_up_interruptible(wait_queue_head_t *head);
int wait_once(wait_queue_head_t *head);

#define wait_event_interruptible(head, condition) ({		\
	int __rc = 0;						\
								\
	while (!(condition) && !__rc)				\
		__rc = wait_once(&(head));			\
	__rc;							\
})

#endif /* _LINUX_WAIT_H */
