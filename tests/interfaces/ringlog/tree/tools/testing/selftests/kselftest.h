/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>

static inline void ksft_print_header(void)
{
	printf("TAP version 13\n");
}

static inline void ksft_set_plan(unsigned int plan)
{
	printf("1..%u\n", plan);
}

static inline int ksft_test_result(int condition, const char *name)
{
	static int number;

	printf("%s %d %s\n", condition ? "ok" : "not ok", ++number, name);
	return condition;
}
