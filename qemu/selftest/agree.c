// SPDX-License-Identifier: GPL-2.0-only
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <unistd.h>

#include "agree.h"

/* What makes a descriptor readable, writable, exceptional: see select(2). */
#define READABLE (POLLIN | POLLRDNORM | POLLRDBAND | POLLHUP | POLLERR)
#define WRITABLE (POLLOUT | POLLWRNORM | POLLWRBAND | POLLERR)
#define EXCEPTIONAL POLLPRI

int epoll_set(int fd)
{
	int set = must(epoll_create1(EPOLL_CLOEXEC));
	struct epoll_event event = {
		.events = EPOLLIN | EPOLLPRI | EPOLLOUT | EPOLLRDNORM |
			  EPOLLRDBAND | EPOLLWRNORM | EPOLLWRBAND,
	};

	must(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event));
	return set;
}

int epoll_now(int set)
{
	struct epoll_event event = { .events = 0 };

	/* The bits of epoll are those of poll. */
	return must(epoll_wait(set, &event, 1, 0)) ? event.events : 0;
}

static void check_select(int fd, int mask)
{
	struct timeval no_time = { 0, 0 };
	fd_set readable, writable, exceptional;
	bool reads, writes, excepts;

	FD_ZERO(&readable);
	FD_SET(fd, &readable);
	writable = readable;
	exceptional = readable;
	must(select(fd + 1, &readable, &writable, &exceptional, &no_time));
	reads = FD_ISSET(fd, &readable);
	writes = FD_ISSET(fd, &writable);
	excepts = FD_ISSET(fd, &exceptional);

	expected("select: readable %d, writable %d, exceptional %d",
		 !!(mask & READABLE), !!(mask & WRITABLE),
		 !!(mask & EXCEPTIONAL));
	if (reads != !!(mask & READABLE) || writes != !!(mask & WRITABLE) ||
	    excepts != !!(mask & EXCEPTIONAL))
		fail("select: readable %d, writable %d, exceptional %d",
		     reads, writes, excepts);
}

void check_agreement(int fd, int mask)
{
	int set, says;

	check_poll(fd, mask);
	check_select(fd, mask);

	set = epoll_set(fd);
	says = epoll_now(set);
	close(set);
	expected("epoll_wait(0) says %s", poll_words(mask));
	if (says != mask)
		fail("epoll_wait(0) says %s", poll_words(says));
}
