// SPDX-License-Identifier: GPL-2.0-only
/*
 * /init of the machine under test: makes /proc and /dev, runs the cases, and
 * powers off. The first case loads the modules.
 */
#include <stdio.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "harness.h"
#include "kmsg.h"

static void mount_on(const char *type, const char *where)
{
	mkdir(where, 0755);
	if (mount(type, where, type, 0, NULL))
		printf("# mount %s: %m\n", where);
}

static void report_boot_warnings(void)
{
	struct kmsg log;
	int i;

	kmsg_start_at_boot(&log);
	kmsg_read(&log);
	for (i = 0; i < log.count; i++)
		printf("# boot-warning: %s\n", log.warnings[i]);
	kmsg_end(&log);
}

int main(void)
{
	bool is_init = getpid() == 1, passed;

	/* A line is written in one piece: the kernel's own come between. */
	setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
	printf("KTAP version 1\n");
	if (is_init) {
		mount_on("proc", "/proc");
		mount_on("devtmpfs", "/dev");
		report_boot_warnings();
	}
	passed = run_tests();
	printf("# afugen: done\n");
	fflush(stdout);
	tcdrain(STDOUT_FILENO);
	if (is_init)
		reboot(RB_POWER_OFF);
	return passed ? 0 : 1;
}
