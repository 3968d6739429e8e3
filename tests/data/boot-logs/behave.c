// SPDX-License-Identifier: GPL-2.0-only
/*
 * An /init that behaves as its argument says ("... -- hang" on the kernel's
 * command line), and talks as afugen's selftest does. The logs next to it come
 * from it, and tests boot it.
 *
 * powerpc64le-linux-gnu-gcc -static -O2 -o init behave.c
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void case_ok(int number, const char *name)
{
	printf("# start: %s\n# duration_ms: %d\nok %d %s\n", name, number, number, name);
}

static void done(void)
{
	printf("# afugen: done\n");
	reboot(RB_POWER_OFF);
}

static long taint(void)
{
	FILE *file = fopen("/proc/sys/kernel/tainted", "r");
	long flags = -1;

	if (file && fscanf(file, "%ld", &flags) != 1)
		flags = -1;
	return flags;
}

/* Load /trouble.ko, which never stays; a process that oopses is gone. */
static void trouble(const char *what, int as_init)
{
	char parameter[64];
	int file = open("/trouble.ko", O_RDONLY);
	pid_t child = as_init ? 0 : fork();

	if (child) {
		waitpid(child, NULL, 0);
		return;
	}
	snprintf(parameter, sizeof(parameter), "what=%s", what);
	syscall(SYS_finit_module, file, parameter, 0);
	if (!as_init)
		_exit(0);
}

static void noisy(void)
{
	pid_t child = fork();
	char name[32];
	int i;

	if (!child) {
		FILE *kmsg = fopen("/dev/kmsg", "w");

		for (i = 0;; i++) {
			fprintf(kmsg, "<4>noise: %d bottles of beer on the wall\n", i);
			fflush(kmsg);
		}
	}
	printf("1..30\n");
	for (i = 1; i <= 30; i++) {
		snprintf(name, sizeof(name), "noisy.case_number_%d", i);
		if (i % 3)
			case_ok(i, name);
		else
			printf("# start: %s\n# observed: %d\nnot ok %d %s\n", name, i, i, name);
	}
	kill(child, 9);
	waitpid(child, NULL, 0);
	done();
}

static void in_the_middle(const char *how, const char *what)
{
	printf("1..3\n");
	case_ok(1, "poll.nothing_pending");
	printf("# start: size.oversized\n");
	if (!strcmp(how, "exit"))
		exit(3);
	while (!strcmp(how, "hang"))
		pause();
	while (!strcmp(how, "chatter")) {
		printf("# still at it\n");
		usleep(100000);
	}
	if (!strcmp(how, "trouble") || !strcmp(how, "claimed") || !strcmp(how, "init"))
		trouble(what, !strcmp(how, "init"));
	if (!strcmp(how, "claimed"))
		printf("# warning: Buffer overflow detected (N < N)! at trouble_init\n"
		       "# observed: EFAULT\n# duration_ms: 12\nnot ok 2 size.oversized\n");
	else if (!strcmp(how, "fail") || !strcmp(how, "truncated"))
		printf("# at: case_sizes.c:30\n# expected: EINVAL\n# observed: read returned 8\n"
		       "# duration_ms: 12\nnot ok 2 size.oversized\n");
	else
		printf("# duration_ms: 12\nok 2 size.oversized\n");
	if (strcmp(how, "truncated"))
		case_ok(3, "read.short");
	printf("# taint: %ld\n", taint());
	if (!strcmp(how, "stays"))
		printf("# afugen: done\n");
	while (!strcmp(how, "stays"))
		pause();
	done();
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "pass";

	setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
	mkdir("/proc", 0755);
	mkdir("/dev", 0755);
	mount("proc", "/proc", "proc", 0, NULL);
	mount("dev", "/dev", "devtmpfs", 0, NULL);
	while (!strcmp(how, "mute"))
		pause();
	if (!strcmp(how, "no-plan")) {
		printf("cannot load cxl.ko: Exec format error\n");
		reboot(RB_POWER_OFF);
	}
	printf("KTAP version 1\n");
	if (!strcmp(how, "noisy"))
		noisy();
	in_the_middle(how, argc > 2 ? argv[2] : "");
	return 0;
}
