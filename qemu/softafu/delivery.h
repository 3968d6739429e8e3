/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The AFU driver's side of event delivery. Protocols differ only in delivery.c.
 */
#ifndef _SOFTAFU_DELIVERY_H
#define _SOFTAFU_DELIVERY_H

#include <linux/list.h>
#include <linux/spinlock.h>

#include "softafu.h"

struct cxl_context;

/* What the AFU driver keeps for a context; its cxl_get_priv(). */
struct softafu_context {
	spinlock_t lock; /* Protects all below; nests in the lock of cxl_context */
	struct list_head events;
	struct softafu_state state;
};

struct softafu_queued {
	struct list_head list;
	struct softafu_event event;
};

/* Associate the SOFTAFU_OPS_* chosen with the context: 0 or an errno. */
int softafu_set_ops(struct cxl_context *ctx, u32 which);

/* Tell the cxl driver of a queued event, if the protocol has a way to. */
int softafu_notify(struct cxl_context *ctx);

#endif /* _SOFTAFU_DELIVERY_H */
