// SPDX-License-Identifier: GPL-2.0-only
/*
 * /init of the machine under test: loads the modules, runs the test programs of
 * the tree one after the other, and powers off.
 *
 * The programs write to the console themselves, without a pipe: their lines and
 * the kernel's stay in order, and none is lost if the machine hangs. Each prints
 * a KTAP document, and so does /init before, between and after them.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

/* The programs' names, a line each, in the order in which they are to run. */
#define PROGRAMS "/tests/list"
/* The modules' files, a line each, in the order in which they are to load. */
#define MODULES "/modules"
#define MODULES_MAX 16
#define ORPHANS_SECONDS 5

static long long began;
static bool failed;
static char modules[MODULES_MAX][64];
static int modules_count;

static long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static void start(const char *name)
{
	printf("KTAP version 1\n1..1\n# start: %s\n", name);
	began = now_ms();
	failed = false;
}

__attribute__((__format__(printf, 1, 2)))
static void observe(const char *fmt, ...)
{
	va_list args;

	failed = true;
	printf("# observed: ");
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	printf("\n");
}

static void end(const char *name)
{
	printf("# duration_ms: %lld\n", now_ms() - began);
	printf("%s 1 %s\n", failed ? "not ok" : "ok", name);
}

static void mount_on(const char *type, const char *where)
{
	mkdir(where, 0755);
	if (mount(type, where, type, 0, NULL))
		observe("mount %s: %s", where, strerrorname_np(errno));
}

static void read_modules(void)
{
	FILE *list = fopen(MODULES, "re");
	char name[64];

	if (!list) {
		observe("%s: %s", MODULES, strerrorname_np(errno));
		return;
	}
	while (fscanf(list, "%63s", name) == 1) {
		if (modules_count == MODULES_MAX) {
			observe("%s: more than %d modules", MODULES, MODULES_MAX);
			break;
		}
		strcpy(modules[modules_count++], name);
	}
	fclose(list);
}

static void load(const char *file)
{
	char path[sizeof(modules[0]) + 1];
	int fd;

	snprintf(path, sizeof(path), "/%.63s", file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || syscall(SYS_finit_module, fd, "", 0))
		observe("%s: %s", path, strerrorname_np(errno));
	close(fd);
}

/* A module is named like its file, but a C identifier. */
static void unload(const char *file)
{
	char name[sizeof(modules[0])];
	char *c;

	strcpy(name, file);
	for (c = name; *c && strcmp(c, ".ko"); c++)
		if (*c == '-')
			*c = '_';
	*c = '\0';
	if (syscall(SYS_delete_module, name, O_NONBLOCK))
		observe("%s: %s", name, strerrorname_np(errno));
}

/* Each module finds what it needs exported by those before it. */
static void load_modules(void)
{
	int i;

	start("module.loads");
	mount_on("proc", "/proc");
	mount_on("devtmpfs", "/dev");
	read_modules();
	for (i = 0; i < modules_count; i++)
		load(modules[i]);
	end("module.loads");
}

/* Processes that a test case left behind were killed, but may still be exiting. */
static void reap(void)
{
	alarm(ORPHANS_SECONDS);
	while (waitpid(-1, NULL, 0) > 0 || errno != ECHILD)
		if (errno == EINTR)
			break;
	alarm(0);
}

/* Fails if a test case left a file open, or a reference to a module. */
static void unload_modules(void)
{
	start("module.unloads");
	reap();
	while (modules_count)
		unload(modules[--modules_count]);
	end("module.unloads");
}

/* A program reports its cases itself, unless it crashed or could not start. */
static void report(const char *name, int status)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) <= 1)
		return;
	start(name);
	if (WIFSIGNALED(status))
		observe("killed by SIG%s", sigabbrev_np(WTERMSIG(status)));
	else
		observe("exit status %d", WEXITSTATUS(status));
	end(name);
}

static void run(const char *name)
{
	char path[256];
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		snprintf(path, sizeof(path), "/tests/%s", name);
		execl(path, name, NULL);
		_exit(127);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	report(name, status);
}

static void run_programs(void)
{
	FILE *list = fopen(PROGRAMS, "re");
	char name[64];

	while (list && fscanf(list, "%63s", name) == 1)
		run(name);
	if (list)
		fclose(list);
}

static void report_taint(void)
{
	FILE *file = fopen("/proc/sys/kernel/tainted", "re");
	char taint[32];

	if (file && fscanf(file, "%31s", taint) == 1)
		printf("# taint: %s\n", taint);
	if (file)
		fclose(file);
}

static void on_alarm(int number)
{
	(void)number;
}

int main(void)
{
	struct sigaction action = { .sa_handler = on_alarm };

	/* Whole lines, so that the kernel's come between them. */
	setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
	sigaction(SIGALRM, &action, NULL);
	load_modules();
	run_programs();
	unload_modules();
	report_taint();
	printf("# afugen: done\n");
	fflush(stdout);
	tcdrain(STDOUT_FILENO);
	reboot(RB_POWER_OFF);
	return 1;
}
