// SPDX-License-Identifier: GPL-2.0-only
/*
 * A software AFU: the real poll() and read() of the cxl driver, without a card.
 *
 * The cxl driver finds the AFU through a PCI device: its bus leads to a host
 * bridge, whose private data is the AFU. The same device, as the parent of the
 * adapter, tells whether the link is up. None of the three is ever registered,
 * so no card and no change to the cxl driver is needed. Contexts are opened but
 * never started: nothing is attached to hardware, while events and file
 * descriptors work in full.
 */

#include <linux/bitmap.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <asm/pci-bridge.h>
#include <misc/cxl.h>

#include "cxl.h"
#include "delivery.h"

struct softafu {
	struct pci_dev pdev;
	struct pci_bus bus;
	struct pci_controller phb;
	struct cxl adapter;
	struct cxl_afu afu;
	struct cxl_afu_native native;
	struct cxl_process_element spa[SOFTAFU_CONTEXTS];
};

static struct softafu *softafu;

static int softafu_raise(struct cxl_context *ctx,
			 const struct softafu_generic __user *arg)
{
	struct softafu_generic raised;
	unsigned long flags;
	int rc = 0;

	if (copy_from_user(&raised, arg, sizeof(raised)))
		return -EFAULT;
	if (raised.type == CXL_EVENT_AFU_INTERRUPT &&
	    (raised.irq < 1 || raised.irq > SOFTAFU_IRQS))
		return -EINVAL;

	spin_lock_irqsave(&ctx->lock, flags);
	switch (raised.type) {
	case CXL_EVENT_AFU_INTERRUPT:
		set_bit(raised.irq - 1, ctx->irq_bitmap);
		ctx->pending_irq = true;
		break;
	case CXL_EVENT_DATA_STORAGE:
		ctx->fault_addr = raised.addr;
		ctx->fault_dsisr = raised.dsisr;
		ctx->pending_fault = true;
		break;
	case CXL_EVENT_AFU_ERROR:
		ctx->afu_err = raised.error;
		ctx->pending_afu_err = true;
		break;
	default:
		rc = -EINVAL;
	}
	spin_unlock_irqrestore(&ctx->lock, flags);

	if (!rc)
		wake_up_all(&ctx->wq);
	return rc;
}

static int softafu_queue(struct cxl_context *ctx,
			 const struct softafu_event __user *arg)
{
	struct softafu_context *soft = cxl_get_priv(ctx);
	struct softafu_queued *queued;
	unsigned long flags;

	queued = kzalloc(sizeof(*queued), GFP_KERNEL);
	if (!queued)
		return -ENOMEM;
	if (copy_from_user(&queued->event, arg, sizeof(queued->event))) {
		kfree(queued);
		return -EFAULT;
	}
	if (queued->event.len > SOFTAFU_DATA_MAX) {
		kfree(queued);
		return -EINVAL;
	}

	spin_lock_irqsave(&soft->lock, flags);
	list_add_tail(&queued->list, &soft->events);
	spin_unlock_irqrestore(&soft->lock, flags);

	return softafu_notify(ctx);
}

static int softafu_state(struct cxl_context *ctx,
			 struct softafu_state __user *arg)
{
	struct softafu_context *soft = cxl_get_priv(ctx);
	struct softafu_state state;
	unsigned long flags;

	spin_lock_irqsave(&soft->lock, flags);
	state = soft->state;
	spin_unlock_irqrestore(&soft->lock, flags);

	return copy_to_user(arg, &state, sizeof(state)) ? -EFAULT : 0;
}

static long softafu_fd_ioctl(struct file *file, unsigned int cmd,
			     unsigned long arg)
{
	struct cxl_context *ctx = cxl_fops_get_context(file);
	void __user *uarg = (void __user *)arg;
	u32 value;

	switch (cmd) {
	case SOFTAFU_RAISE:
		return softafu_raise(ctx, uarg);
	case SOFTAFU_QUEUE:
		return softafu_queue(ctx, uarg);
	case SOFTAFU_STATE:
		return softafu_state(ctx, uarg);
	case SOFTAFU_SET_OPS:
		if (get_user(value, (u32 __user *)uarg))
			return -EFAULT;
		return softafu_set_ops(ctx, value);
	case SOFTAFU_STOP:
		/* It was never started, as cxl_stop_context() will say. */
		cxl_stop_context(ctx);
		return 0;
	}
	return cxl_fd_ioctl(file, cmd, arg);
}

static void softafu_context_free(struct softafu_context *soft)
{
	struct softafu_queued *queued, *next;

	list_for_each_entry_safe(queued, next, &soft->events, list)
		kfree(queued);
	kfree(soft);
}

static int softafu_fd_release(struct inode *inode, struct file *file)
{
	struct softafu_context *soft;
	int rc;

	soft = cxl_get_priv(cxl_fops_get_context(file));
	rc = cxl_fd_release(inode, file);
	softafu_context_free(soft);

	return rc;
}

/* cxl_get_fd() fills in the rest. */
static struct file_operations softafu_fd_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = softafu_fd_ioctl,
	.release = softafu_fd_release,
};

static struct softafu_context *softafu_context_alloc(struct cxl_context *ctx)
{
	struct softafu_context *soft = kzalloc(sizeof(*soft), GFP_KERNEL);

	if (!soft)
		return NULL;
	/* Freed with the context, which only then has interrupts. */
	ctx->irq_bitmap = bitmap_zalloc(SOFTAFU_IRQS, GFP_KERNEL);
	if (!ctx->irq_bitmap) {
		kfree(soft);
		return NULL;
	}
	ctx->irq_count = SOFTAFU_IRQS;
	spin_lock_init(&soft->lock);
	INIT_LIST_HEAD(&soft->events);
	cxl_set_priv(ctx, soft);

	return soft;
}

static int softafu_open(void)
{
	struct softafu_context *soft;
	struct cxl_context *ctx;
	struct file *file;
	int fd;

	ctx = cxl_dev_context_init(&softafu->pdev);
	if (IS_ERR(ctx))
		return PTR_ERR(ctx);
	soft = softafu_context_alloc(ctx);
	if (!soft) {
		cxl_release_context(ctx);
		return -ENOMEM;
	}
	file = cxl_get_fd(ctx, &softafu_fd_fops, &fd);
	if (IS_ERR_OR_NULL(file)) {
		cxl_release_context(ctx);
		softafu_context_free(soft);
		return file ? PTR_ERR(file) : -ENFILE;
	}
	fd_install(fd, file);

	return fd;
}

static void softafu_link(bool up)
{
	softafu->pdev.error_state = up ? pci_channel_io_normal :
					 pci_channel_io_perm_failure;
}

static long softafu_ioctl(struct file *file, unsigned int cmd,
			  unsigned long arg)
{
	u32 up;

	switch (cmd) {
	case SOFTAFU_OPEN:
		return softafu_open();
	case SOFTAFU_LINK:
		if (get_user(up, (u32 __user *)arg))
			return -EFAULT;
		softafu_link(up);
		return 0;
	}
	return -ENOTTY;
}

/* Whoever took the link down may have died before taking it up again. */
static int softafu_release(struct inode *inode, struct file *file)
{
	softafu_link(true);
	return 0;
}

static const struct file_operations softafu_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = softafu_ioctl,
	.release = softafu_release,
};

static struct miscdevice softafu_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "softafu",
	.fops = &softafu_fops,
};

static void softafu_free(struct device *dev)
{
	struct cxl_afu *afu = container_of(dev, struct cxl_afu, dev);

	idr_destroy(&afu->contexts_idr);
	kfree(container_of(afu, struct softafu, afu));
}

static struct softafu *softafu_alloc(void)
{
	struct softafu *soft = kzalloc(sizeof(*soft), GFP_KERNEL);

	if (!soft)
		return NULL;

	soft->pdev.bus = &soft->bus;
	soft->bus.sysdata = &soft->phb;
	soft->phb.private_data = &soft->afu;

	soft->adapter.dev.parent = &soft->pdev.dev;
	soft->adapter.slices = 1;

	soft->afu.adapter = &soft->adapter;
	soft->afu.native = &soft->native;
	soft->afu.native->spa = soft->spa;
	soft->afu.num_procs = SOFTAFU_CONTEXTS;
	soft->afu.current_mode = CXL_MODE_DIRECTED;
	idr_init(&soft->afu.contexts_idr);
	mutex_init(&soft->afu.contexts_lock);
	device_initialize(&soft->afu.dev);
	soft->afu.dev.init_name = "softafu"; /* of messages about it */
	soft->afu.dev.release = softafu_free;

	return soft;
}

static int __init softafu_init(void)
{
	int rc;

	softafu = softafu_alloc();
	if (!softafu)
		return -ENOMEM;
	softafu_link(true);

	rc = misc_register(&softafu_misc);
	if (rc)
		put_device(&softafu->afu.dev);

	return rc;
}

static void __exit softafu_exit(void)
{
	struct device *dev = &softafu->afu.dev;

	misc_deregister(&softafu_misc);
	/* A closed context keeps its reference for a grace period. */
	rcu_barrier();
	WARN(kref_read(&dev->kobj.kref) != 1, "softafu: contexts were leaked\n");
	put_device(dev);
}

module_init(softafu_init);
module_exit(softafu_exit);

MODULE_DESCRIPTION("Software AFU to test the cxl driver with");
MODULE_LICENSE("GPL");
