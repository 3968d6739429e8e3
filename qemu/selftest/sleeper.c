// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sleeper.h"

/* Far more than it takes to get to sleep; then something is badly wrong. */
#define SETTLE_MS 5000

static void on_signal(int number)
{
	(void)number;
}

static void now_going(struct awoken *awoken)
{
	__atomic_store_n(&awoken->going, true, __ATOMIC_RELEASE);
}

static void sleep_in_read(int fd, struct awoken *awoken)
{
	now_going(awoken);
	read_now(fd, CXL_READ_MIN_SIZE, &awoken->reading);
	awoken->result = awoken->reading.length;
	awoken->error = awoken->reading.error;
}

static void sleep_in_poll(int fd, struct awoken *awoken)
{
	struct pollfd polled = { .fd = fd, .events = POLLIN | POLLRDNORM };

	now_going(awoken);
	awoken->result = poll(&polled, 1, -1);
	awoken->error = errno;
	awoken->mask = polled.revents;
}

static void sleep_in_select(int fd, struct awoken *awoken)
{
	fd_set readable;

	FD_ZERO(&readable);
	FD_SET(fd, &readable);
	now_going(awoken);
	awoken->result = select(fd + 1, &readable, NULL, NULL, NULL);
	awoken->error = errno;
	awoken->mask = FD_ISSET(fd, &readable) ? POLLIN : 0;
}

static void sleep_in_epoll(int fd, struct awoken *awoken)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLRDNORM };
	int set = epoll_create1(EPOLL_CLOEXEC);

	if (set < 0 || epoll_ctl(set, EPOLL_CTL_ADD, fd, &event)) {
		awoken->error = errno;
		return;
	}
	now_going(awoken);
	awoken->result = epoll_wait(set, &event, 1, -1);
	awoken->error = errno;
	awoken->mask = event.events;
}

static void (*const ways[WAYS_TO_SLEEP])(int fd, struct awoken *awoken) = {
	[IN_READ] = sleep_in_read,
	[IN_POLL] = sleep_in_poll,
	[IN_SELECT] = sleep_in_select,
	[IN_EPOLL] = sleep_in_epoll,
};

void sleeper_start(struct sleeper *sleeper, int fd, enum sleep_in in)
{
	/* A signal ends the call: no SA_RESTART. */
	struct sigaction action = { .sa_handler = on_signal };

	memset(sleeper, 0, sizeof(*sleeper));
	sleeper->fd = fd;
	sleeper->in = in;
	sleeper->awoken = shared_alloc(sizeof(*sleeper->awoken));
	sleeper->pid = must(fork());
	if (sleeper->pid)
		return;
	sigaction(SIGUSR1, &action, NULL);
	ways[in](fd, sleeper->awoken);
	_exit(0);
}

bool sleeper_is_asleep(const struct sleeper *sleeper)
{
	char path[64], stat[512], *state;
	ssize_t length;
	int fd;

	if (!__atomic_load_n(&sleeper->awoken->going, __ATOMIC_ACQUIRE))
		return false;
	snprintf(path, sizeof(path), "/proc/%d/stat", sleeper->pid);
	fd = must(open(path, O_RDONLY | O_CLOEXEC));
	length = must(read(fd, stat, sizeof(stat) - 1));
	close(fd);
	stat[length] = '\0';
	state = strrchr(stat, ')');
	return state && !strncmp(state, ") S", 3);
}

static bool is_back(struct sleeper *sleeper)
{
	int status;

	if (!sleeper->back &&
	    waitpid(sleeper->pid, &status, WNOHANG) == sleeper->pid) {
		sleeper->back = true;
		if (WIFSIGNALED(status))
			fail("a process was killed by SIG%s in its system call",
			     sigabbrev_np(WTERMSIG(status)));
	}
	return sleeper->back;
}

bool sleeper_sleeps(struct sleeper *sleeper)
{
	long long end = now_ms() + SETTLE_MS;

	while (now_ms() < end) {
		if (is_back(sleeper))
			return false;
		if (sleeper_is_asleep(sleeper))
			return true;
		sched_yield();
	}
	fail("a process is neither asleep nor back");
}

bool sleepers_are_back(struct sleeper *sleepers, int count, int ms)
{
	long long end = now_ms() + ms, left;
	struct timespec timeout;
	sigset_t child;
	bool all;
	int i;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	for (;;) {
		all = true;
		for (i = 0; i < count; i++)
			all &= is_back(&sleepers[i]);
		left = end - now_ms();
		if (all || left <= 0)
			return all;
		timeout.tv_sec = left / 1000;
		timeout.tv_nsec = left % 1000 * 1000000;
		sigtimedwait(&child, NULL, &timeout);
	}
}

void sleeper_kill(struct sleeper *sleeper)
{
	if (sleeper->back)
		return;
	kill(sleeper->pid, SIGKILL);
	waitpid(sleeper->pid, NULL, 0);
	sleeper->back = true;
}
