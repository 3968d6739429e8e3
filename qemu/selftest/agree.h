/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * poll(), select() and epoll asked the same question.
 */
#ifndef _SELFTEST_AGREE_H
#define _SELFTEST_AGREE_H

#include "afu.h"

#define expect_agreement(fd, mask) (AT(), check_agreement(fd, mask))
void check_agreement(int fd, int mask);

/* An epoll set that watches the context, and what it says at this moment. */
int epoll_set(int fd);
int epoll_now(int set);

#endif /* _SELFTEST_AGREE_H */
