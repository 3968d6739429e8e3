// SPDX-License-Identifier: GPL-2.0-only
/* The modules come and go without a trace. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness.h"

static void load(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	expected("%s loads", path);
	if (fd < 0 || syscall(SYS_finit_module, fd, "", 0))
		fail("%s: %s", path, error_words(errno));
	close(fd);
}

static void unload(const char *name)
{
	expected("%s is unloaded", name);
	if (syscall(SYS_delete_module, name, O_NONBLOCK))
		fail("%s: %s", name, error_words(errno));
}

/* The cxl driver exports all that the software AFU needs. */
TEST_FIRST(module, loads)
{
	AT();
	load("/cxl.ko");
	load("/softafu.ko");
}

/* No case has left a context, a file or a module reference behind. */
TEST_LAST(module, unloads)
{
	AT();
	unload("softafu");
	unload("cxl");
}
