// SPDX-License-Identifier: GPL-2.0-only
/*
 * An event wakes who waits for it, and only once.
 *
 * That a sleeper is never woken can only be seen by waiting. All sleepers wait
 * at the same time, so that in a version that wakes nobody they cost one guard
 * time together. The first of their cases starts them all, the others tell what
 * came of it.
 */
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "agree.h"
#include "driver.h"
#include "sleeper.h"

#define GUARD_MS 1000

enum kind { GENERIC, DRIVER, KINDS };

struct outcome {
	char expected[TEXT_MAX];
	char observed[TEXT_MAX]; /* empty: as expected */
};

static struct batch {
	bool started, finished;
	struct outcome outcomes[KINDS][WAYS_TO_SLEEP];
} *batch;

__attribute__((constructor))
static void batch_alloc(void)
{
	batch = shared_alloc(sizeof(*batch));
}

/* Begin to wait in every way, each on a context of its own. */
static void start_all(struct sleeper *sleepers, const int *fds)
{
	int in;

	for (in = 0; in < WAYS_TO_SLEEP; in++)
		sleeper_start(&sleepers[in], fds[in], in);
	expected("nothing is pending: all are asleep");
	for (in = 0; in < WAYS_TO_SLEEP; in++)
		if (!sleeper_sleeps(&sleepers[in]))
			fail("a process did not wait for an event");
}

static void judge_awoken(const struct sleeper *sleeper,
			 const struct cxl_event *event, struct outcome *outcome)
{
	const struct awoken *awoken = sleeper->awoken;
	struct reading ought = {
		.length = event->header.size,
		.event = *event,
	};

	if (sleeper->in == IN_READ) {
		snprintf(outcome->expected, TEXT_MAX, "woken, read: %s",
			 reading_words(&ought));
		if (awoken->result != event->header.size ||
		    memcmp(&awoken->reading.event, event, event->header.size))
			snprintf(outcome->observed, TEXT_MAX, "woken, read: %s",
				 reading_words(&awoken->reading));
		return;
	}
	snprintf(outcome->expected, TEXT_MAX, "woken by POLLIN");
	if (awoken->result != 1 || !(awoken->mask & POLLIN))
		snprintf(outcome->observed, TEXT_MAX, "woken by %s",
			 poll_words(awoken->mask));
}

/* Asleep before and after: whatever poll() says it says of a sleeper. */
static void judge_sleeping(const struct sleeper *sleeper,
			   struct outcome *outcome)
{
	bool asleep = sleeper_is_asleep(sleeper);
	int says = poll_now(sleeper->fd);

	asleep &= sleeper_is_asleep(sleeper);
	strcpy(outcome->expected, "woken");
	snprintf(outcome->observed, TEXT_MAX,
		 "%s while a fresh poll(0) says %s",
		 asleep ? "asleep" : "not back",
		 says & POLLIN ? "POLLIN" : poll_words(says));
}

static void judge_all(struct sleeper *sleepers, const struct cxl_event *events,
		      enum kind kind)
{
	struct outcome *outcome;
	int in;

	if (!sleepers_are_back(sleepers, WAYS_TO_SLEEP, GUARD_MS))
		guard_ran_out(GUARD_MS);
	for (in = 0; in < WAYS_TO_SLEEP; in++) {
		outcome = &batch->outcomes[kind][in];
		if (sleepers[in].back)
			judge_awoken(&sleepers[in], &events[in], outcome);
		else
			judge_sleeping(&sleepers[in], outcome);
		sleeper_kill(&sleepers[in]);
	}
}

/* The control: a wake-up that the cxl driver has always had. */
static void wake_by_generic_events(const int *fds)
{
	struct sleeper sleepers[WAYS_TO_SLEEP];
	struct cxl_event events[WAYS_TO_SLEEP];
	int in;

	start_all(sleepers, fds);
	for (in = 0; in < WAYS_TO_SLEEP; in++) {
		events[in] = irq_event(fds[in], 1 + in);
		raise_irq(fds[in], 1 + in);
	}
	judge_all(sleepers, events, GENERIC);
}

static void wake_by_driver_events(const int *fds)
{
#if AFU_DELIVERY != AFU_DELIVERY_NONE
	struct sleeper sleepers[WAYS_TO_SLEEP];
	struct cxl_event events[WAYS_TO_SLEEP];
	int in;

	start_all(sleepers, fds);
	for (in = 0; in < WAYS_TO_SLEEP; in++)
		events[in] = queue_event(fds[in], 8);
	judge_all(sleepers, events, DRIVER);
#else
	(void)fds;
#endif
}

static void run_batch(void)
{
	struct reading reading;
	int fds[WAYS_TO_SLEEP], in;

	batch->started = true;
	for (in = 0; in < WAYS_TO_SLEEP; in++)
		fds[in] = open_afu();
	blocking(fds[IN_READ]);
	wake_by_generic_events(fds);
	/* Only a reader takes the event away. */
	for (in = 0; in < WAYS_TO_SLEEP; in++)
		if (poll_now(fds[in]))
			read_now(fds[in], CXL_READ_MIN_SIZE, &reading);
	wake_by_driver_events(fds);
	batch->finished = true;
}

static void tell(enum kind kind, enum sleep_in in)
{
	const struct outcome *control = &batch->outcomes[GENERIC][in];
	const struct outcome *outcome = &batch->outcomes[kind][in];

	AT();
	if (!batch->started)
		run_batch();
	if (!batch->finished)
		fail("the case that started all sleepers did not finish");
	expected("%s", outcome->expected);
	if (control->observed[0] && kind != GENERIC)
		fail("not even a generic event wakes it");
	if (outcome->observed[0])
		fail("%s", outcome->observed);
}

TEST(sleep, generic_event_wakes_read)
{
	tell(GENERIC, IN_READ);
}

TEST(sleep, generic_event_wakes_poll)
{
	tell(GENERIC, IN_POLL);
}

TEST(sleep, generic_event_wakes_select)
{
	tell(GENERIC, IN_SELECT);
}

TEST(sleep, generic_event_wakes_epoll)
{
	tell(GENERIC, IN_EPOLL);
}

#if AFU_DELIVERY != AFU_DELIVERY_NONE
TEST(sleep, driver_event_wakes_read)
{
	tell(DRIVER, IN_READ);
}

TEST(sleep, driver_event_wakes_poll)
{
	tell(DRIVER, IN_POLL);
}

TEST(sleep, driver_event_wakes_select)
{
	tell(DRIVER, IN_SELECT);
}

TEST(sleep, driver_event_wakes_epoll)
{
	tell(DRIVER, IN_EPOLL);
}

/*
 * An epoll set that knew the context before the event says what poll() says.
 * It only looks again when it was woken, though nobody sleeps here.
 */
TEST(sleep, driver_event_reaches_epoll_set)
{
	int fd = open_afu(), set = epoll_set(fd), says;
	struct reading reading;

	raise_irq(fd, 1);
	AT();
	says = epoll_now(set);
	expected("epoll_wait(0) says what poll(0) says");
	if (says != poll_now(fd))
		fail("not even a generic event reaches it");
	read_now(fd, CXL_READ_MIN_SIZE, &reading);
	says = epoll_now(set);
	if (says)
		fail("epoll_wait(0) says %s of nothing", poll_words(says));
	queue_event(fd, 8);
	says = epoll_now(set);
	if (says != poll_now(fd))
		fail("epoll_wait(0) says %s while poll(0) says %s",
		     poll_words(says), poll_words(poll_now(fd)));
}
#endif

static void expect_woken_reader(const struct sleeper *reader,
				const struct cxl_event *event)
{
	struct outcome outcome = { .observed = "" };

	judge_awoken(reader, event, &outcome);
	expected("%s", outcome.expected);
	if (outcome.observed[0])
		fail("%s", outcome.observed);
}

/* Of two readers one comes back with the event; the other waits for the next. */
static void check_two_readers(struct sleeper *readers, int fd,
			      const struct cxl_event *event)
{
	struct cxl_event next;
	int i, back = 0, other = 0;

	for (i = 0; i < 2; i++) {
		if (sleeper_sleeps(&readers[i]))
			other = i;
		else
			back++;
	}
	expected("1 of two readers is back");
	if (back != 1)
		fail("%d of two readers are back", back);
	expect_woken_reader(&readers[!other], event);

	raise_irq(fd, 2);
	next = irq_event(fd, 2);
	expected("the other reader is woken by the next event");
	if (!sleepers_are_back(&readers[other], 1, GUARD_MS))
		fail("the other reader is not back");
	expect_woken_reader(&readers[other], &next);
}

TEST(two_readers, generic_event_pending)
{
	struct sleeper readers[2];
	struct cxl_event event;
	int fd = open_afu();

	blocking(fd);
	raise_irq(fd, 1);
	event = irq_event(fd, 1);
	AT();
	sleeper_start(&readers[0], fd, IN_READ);
	sleeper_start(&readers[1], fd, IN_READ);
	check_two_readers(readers, fd, &event);
}

/* Both are woken, as the wait queue's users all are; one goes back to sleep. */
TEST(two_readers, asleep_before_generic_event)
{
	struct sleeper readers[2];
	struct cxl_event event;
	int fd = open_afu(), i;

	blocking(fd);
	AT();
	for (i = 0; i < 2; i++) {
		sleeper_start(&readers[i], fd, IN_READ);
		expected("the reader sleeps");
		if (!sleeper_sleeps(&readers[i]))
			fail("a reader did not wait for an event");
	}
	raise_irq(fd, 1);
	event = irq_event(fd, 1);
	check_two_readers(readers, fd, &event);
}

#if AFU_DELIVERY != AFU_DELIVERY_NONE
TEST(two_readers, driver_event_pending)
{
	struct sleeper readers[2];
	struct cxl_event event;
	int fd = open_afu();

	blocking(fd);
	event = queue_event(fd, 8);
	AT();
	sleeper_start(&readers[0], fd, IN_READ);
	sleeper_start(&readers[1], fd, IN_READ);
	check_two_readers(readers, fd, &event);
}
#endif
