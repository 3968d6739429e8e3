#ifndef _MISC_CXL_H
#define _MISC_CXL_H

struct cxl_context;

ssize_t cxl_fd_read(struct file *file, char __user *buf, size_t count,
			   loff_t *off);

@@@
