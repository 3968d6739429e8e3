/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the software AFU offers to its test program.
 *
 * /dev/softafu makes cxl contexts and owns the link to the (absent) card. All
 * else is asked of the cxl file descriptor that SOFTAFU_OPEN returns: poll()
 * and read() on it are the cxl driver's own.
 */
#ifndef _SOFTAFU_H
#define _SOFTAFU_H

#include <linux/types.h>
#include <linux/ioctl.h>

#define SOFTAFU_MAGIC		0xCB
#define SOFTAFU_CONTEXTS	64	/* process elements of the AFU */
#define SOFTAFU_IRQS		16	/* interrupts of a context, from 1 */
#define SOFTAFU_DATA_MAX	4088	/* CXL_READ_MIN_SIZE less a header */

/* A generic event, raised as the interrupt handlers of the cxl driver do it. */
struct softafu_generic {
	__u32 type;		/* enum cxl_event_type */
	__u32 irq;		/* CXL_EVENT_AFU_INTERRUPT, 1..SOFTAFU_IRQS */
	__u64 addr;		/* CXL_EVENT_DATA_STORAGE */
	__u64 dsisr;
	__u64 error;		/* CXL_EVENT_AFU_ERROR */
};

/* A driver event: what the AFU driver says of it, and what it holds. */
struct softafu_event {
	__u32 claim;		/* header.size, be it true or not */
	__u32 error;		/* errno of handing it over, if the op has a way */
	__u32 len;		/* bytes of data */
	__u8 data[SOFTAFU_DATA_MAX];
};

/* The driver ops that SOFTAFU_SET_OPS associates with a context. */
#define SOFTAFU_OPS_NULL		0	/* no ops at all */
#define SOFTAFU_OPS_FULL		1
#define SOFTAFU_OPS_ONLY_PENDING	2	/* events are announced, never handed over */
#define SOFTAFU_OPS_ONLY_DELIVER	3	/* the other way round */

/* Promises to the AFU driver that an op found broken when it was called. */
#define SOFTAFU_BROKEN_LOCK	0x01	/* the context is locked */
#define SOFTAFU_BROKEN_EVENT	0x02	/* an event is asked for only if pending */
#define SOFTAFU_BROKEN_TYPE	0x04	/* header.type is filled in */
#define SOFTAFU_BROKEN_PE	0x08	/* header.process_element is filled in */
#define SOFTAFU_BROKEN_SIZE	0x10	/* header.size is the header's */
#define SOFTAFU_BROKEN_ROOM	0x20	/* the payload fits in the space offered */

struct softafu_state {
	__u32 asked;		/* calls: is an event pending? */
	__u32 delivered;	/* calls: hand it over */
	__u32 broken;		/* SOFTAFU_BROKEN_* */
};

/* Of /dev/softafu */
#define SOFTAFU_OPEN		_IO(SOFTAFU_MAGIC, 0)
#define SOFTAFU_LINK		_IOW(SOFTAFU_MAGIC, 1, __u32)

/* Of a cxl file descriptor */
#define SOFTAFU_RAISE		_IOW(SOFTAFU_MAGIC, 2, struct softafu_generic)
#define SOFTAFU_STOP		_IO(SOFTAFU_MAGIC, 3)
#define SOFTAFU_SET_OPS		_IOW(SOFTAFU_MAGIC, 4, __u32)
#define SOFTAFU_QUEUE		_IOW(SOFTAFU_MAGIC, 5, struct softafu_event)
#define SOFTAFU_STATE		_IOR(SOFTAFU_MAGIC, 6, struct softafu_state)

#endif /* _SOFTAFU_H */
