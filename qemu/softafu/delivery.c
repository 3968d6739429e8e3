// SPDX-License-Identifier: GPL-2.0-only
/*
 * Driver events of the software AFU, in the protocol of the version under test.
 *
 * All names of the feature come from afu_under_test.h; nothing else in the
 * kernel's headers tells one version from another.
 */

#include <linux/irqflags.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <misc/cxl.h>

#include "cxl.h"
#include "afu_under_test.h"
#include "delivery.h"

#if AFU_DELIVERY == AFU_DELIVERY_NONE

int softafu_set_ops(struct cxl_context *ctx, u32 which)
{
	return -EOPNOTSUPP;
}

int softafu_notify(struct cxl_context *ctx)
{
	return -EOPNOTSUPP;
}

#elif AFU_DELIVERY == AFU_DELIVERY_CALLBACK

/*
 * A version need not tell an op more than it has to. Where a parameter is
 * missing these take its place: the context that was asked last, under its
 * lock, and the size of an event.
 */
static struct cxl_context *ctx __maybe_unused;
static const size_t max_size __maybe_unused = sizeof(struct cxl_event);

static struct softafu_context *softafu_called(const struct cxl_context *called)
{
	struct softafu_context *soft;

	ctx = (struct cxl_context *)called;
	soft = cxl_get_priv(ctx);
	if (!spin_is_locked(&ctx->lock) || !irqs_disabled())
		soft->state.broken |= SOFTAFU_BROKEN_LOCK;

	return soft;
}

static AFU_OP_PENDING_RETURNS softafu_pending(AFU_OP_PENDING_PARAMS)
{
	struct softafu_context *soft = softafu_called(ctx);
	unsigned long flags;
	bool pending;

	spin_lock_irqsave(&soft->lock, flags);
	soft->state.asked++;
	pending = !list_empty(&soft->events);
	spin_unlock_irqrestore(&soft->lock, flags);

	return pending;
}

static u32 softafu_broken(const struct cxl_event_header *header, int pe,
			  size_t room, size_t len)
{
	u32 broken = 0;

	if (header->type != AFU_EVENT)
		broken |= SOFTAFU_BROKEN_TYPE;
	if (header->process_element != pe)
		broken |= SOFTAFU_BROKEN_PE;
	if (header->size != sizeof(*header))
		broken |= SOFTAFU_BROKEN_SIZE;
	if (room < sizeof(*header) + sizeof(struct AFU_PAYLOAD_STRUCT) ||
	    room < sizeof(*header) + len)
		broken |= SOFTAFU_BROKEN_ROOM;

	return broken;
}

/* Never writes past @room, however long the event. */
static int softafu_fill(struct softafu_context *soft, struct cxl_event *event,
			int pe, size_t room)
{
	struct softafu_queued *queued;
	unsigned long flags;
	int rc;

	spin_lock_irqsave(&soft->lock, flags);
	soft->state.delivered++;
	queued = list_first_entry_or_null(&soft->events, struct softafu_queued,
					  list);
	if (queued)
		list_del(&queued->list);
	else
		soft->state.broken |= SOFTAFU_BROKEN_EVENT;
	spin_unlock_irqrestore(&soft->lock, flags);
	if (!queued)
		return 0;

	soft->state.broken |= softafu_broken(&event->header, pe, room,
					     queued->event.len);
	if (room > sizeof(event->header))
		memcpy(&event->AFU_PAYLOAD_MEMBER, queued->event.data,
		       min_t(size_t, queued->event.len,
			     room - sizeof(event->header)));
	event->header.size = queued->event.claim;
	rc = -queued->event.error;
	kfree(queued);

	return rc;
}

static AFU_OP_DELIVER_RETURNS softafu_deliver(AFU_OP_DELIVER_PARAMS)
{
	int rc __maybe_unused;

	rc = softafu_fill(softafu_called(ctx), event, ctx->pe, max_size);
#if AFU_OP_DELIVER_RETURNS_INT
	return rc;
#endif
}

static struct AFU_OPS_STRUCT softafu_ops[] = {
	[SOFTAFU_OPS_FULL] = {
		.AFU_OP_PENDING = softafu_pending,
		.AFU_OP_DELIVER = softafu_deliver,
	},
	[SOFTAFU_OPS_ONLY_PENDING] = {
		.AFU_OP_PENDING = softafu_pending,
	},
	[SOFTAFU_OPS_ONLY_DELIVER] = {
		.AFU_OP_DELIVER = softafu_deliver,
	},
};

int softafu_set_ops(struct cxl_context *ctx, u32 which)
{
	struct AFU_OPS_STRUCT *ops = NULL;

	if (which >= ARRAY_SIZE(softafu_ops))
		return -ERANGE;
	if (which != SOFTAFU_OPS_NULL)
		ops = &softafu_ops[which];

#if AFU_SET_OPS_RETURNS_INT
	return AFU_SET_OPS(ctx, ops);
#else
	AFU_SET_OPS(ctx, ops);
	return 0;
#endif
}

/* The callbacks are all there is: an AFU driver cannot wake a sleeper. */
int softafu_notify(struct cxl_context *ctx)
{
	return 0;
}

#else
#error "afu_under_test.h names a delivery protocol that is unknown here"
#endif

MODULE_LICENSE("GPL");
