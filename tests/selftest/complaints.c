// SPDX-License-Identifier: GPL-2.0-only
/* Prints what the kernel log on stdin complains of; with an argument, all but registers. */
#include <stdio.h>
#include <string.h>

#include "kmsg.h"

int main(int argc, char **argv)
{
	static struct kmsg log;
	char line[4096];
	int i;

	(void)argv;
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		kmsg_line(&log, line);
	}
	if (argc > 1)
		kmsg_print(&log, "");
	else
		for (i = 0; i < log.count; i++)
			puts(log.warnings[i]);
	return 0;
}
