#include <linux/fs.h>
#include "cxl.h"

struct cxl_context *cxl_fops_get_context(struct file *file)
{
	return file->private_data;
@@@
	return 0;
}
