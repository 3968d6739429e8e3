/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Processes that sleep in a system call until an event of a context wakes them.
 */
#ifndef _SELFTEST_SLEEPER_H
#define _SELFTEST_SLEEPER_H

#include "afu.h"

enum sleep_in { IN_READ, IN_POLL, IN_SELECT, IN_EPOLL, WAYS_TO_SLEEP };

/* What the system call gave, told by the process that slept in it. */
struct awoken {
	bool going;	/* set just before the call */
	int result;
	int error;
	int mask;	/* of poll(), epoll_wait(); of select(): POLLIN or 0 */
	struct reading reading;
};

struct sleeper {
	pid_t pid;
	int fd;
	enum sleep_in in;
	bool back;
	struct awoken *awoken;
};

/* Start a process that calls read(), poll(), … without a limit of time. */
void sleeper_start(struct sleeper *sleeper, int fd, enum sleep_in in);

/* Wait until it is either asleep in the call (true), or back from it. */
bool sleeper_sleeps(struct sleeper *sleeper);

/* Is it asleep at this moment? */
bool sleeper_is_asleep(const struct sleeper *sleeper);

/* Wait until all are back, but for no longer than @ms; true if they are. */
bool sleepers_are_back(struct sleeper *sleepers, int count, int ms);

void sleeper_kill(struct sleeper *sleeper);

#endif /* _SELFTEST_SLEEPER_H */
