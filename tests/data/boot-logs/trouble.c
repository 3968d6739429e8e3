// SPDX-License-Identifier: GPL-2.0-only
/* A module that makes trouble of the kind its parameter names, and never stays loaded. */
#include <linux/bug.h>
#include <linux/module.h>
#include <linux/string.h>

static char *what = "";
module_param(what, charp, 0);

static int *volatile nowhere;

static int __init trouble_init(void)
{
	if (!strcmp(what, "warn"))
		WARN_ON(1);
	if (!strcmp(what, "text"))
		WARN(1, "Buffer overflow detected (%d < %d)!\n", 40, 65535);
	if (!strcmp(what, "bug"))
		BUG();
	if (!strcmp(what, "panic"))
		panic("trouble was asked for a panic");
	if (!strcmp(what, "oops"))
		return *nowhere;
	return -EAGAIN;
}
module_init(trouble_init);

MODULE_DESCRIPTION("makes trouble on request");
MODULE_LICENSE("GPL");
