#include "cxl.h"

int afu_mmap(struct file *file, struct vm_area_struct *vm)
{
	struct cxl_context *ctx = file->private_data;

@@@
	unsigned int mask = 0;
	unsigned long flags;

	poll_wait(file, &ctx->wq, poll);

@@@
		 */
		mask |= POLLERR;
	spin_unlock_irqrestore(&ctx->lock, flags);

	pr_devel("afu_poll pe: %i returning %#x\n", ctx->pe, mask);

@@@
	struct cxl_context *ctx = file->private_data;
	struct cxl_event event;
	unsigned long flags;
	DEFINE_WAIT(wait);

	if (count < CXL_READ_MIN_SIZE)
		return -EINVAL;

	spin_lock_irqsave(&ctx->lock, flags);

	for (;;) {
		prepare_to_wait(&ctx->wq, &wait, TASK_INTERRUPTIBLE);
		if (ctx_event_pending(ctx))
			break;
		spin_unlock_irqrestore(&ctx->lock, flags);
		schedule();
		spin_lock_irqsave(&ctx->lock, flags);
	}

	finish_wait(&ctx->wq, &wait);

@@@
		ctx->pending_irq = false;
	} else if (ctx->pending_fault) {
		event.header.type = CXL_EVENT_DATA_STORAGE;
		ctx->pending_fault = false;
	} else if (ctx->pending_afu_err) {
		event.header.type = CXL_EVENT_AFU_ERROR;
		ctx->pending_afu_err = false;
	} else if (ctx->status == CLOSED) {
		spin_unlock_irqrestore(&ctx->lock, flags);
		return -EIO;
	}

	spin_unlock_irqrestore(&ctx->lock, flags);
	if (copy_to_user(buf, &event, event.header.size))
		return -EFAULT;
	return event.header.size;
}

int __init cxl_file_init(void)
{
	/*
@@@
	BUILD_BUG_ON(sizeof(struct cxl_event_data_storage) != 32);
	BUILD_BUG_ON(sizeof(struct cxl_event_afu_error) != 16);

	return 0;
}
