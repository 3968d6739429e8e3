// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kmsg.h"

/* First lines of complaints that have no "cut here" before them. */
static const char * const complaints[] = {
	"WARNING: ", /* lockdep and its like */
	"BUG: ",
	"Oops: ",
	"INFO: task ",
	"INFO: rcu",
	"rcu: INFO: ",
	"watchdog: BUG: ",
	"kernel BUG at ",
	"Kernel panic",
	"Unable to handle kernel ",
	"unreferenced object ",
};

static bool starts(const char *line, const char *with)
{
	return !strncmp(line, with, strlen(with));
}

static size_t number_length(const char *text)
{
	size_t hex, digits;

	if (starts(text, "0x"))
		return 2 + strspn(text + 2, "0123456789abcdefABCDEF");
	digits = strspn(text, "0123456789");
	hex = strspn(text, "0123456789abcdef");
	/* A hashed or real address, but no word such as "added". */
	if (hex >= 8 && strcspn(text, "0123456789") < hex)
		return hex;
	return digits;
}

/* Addresses, sizes, pids and line numbers become N. */
static void normalise(char *to, const char *from)
{
	char *end = to + KMSG_TEXT - 1;
	size_t skip;

	while (*from && to < end) {
		skip = number_length(from);
		if (skip) {
			*to++ = 'N';
			from += skip;
		} else {
			*to++ = *from++;
		}
	}
	*to = '\0';
}

static void complain(struct kmsg *log, const char *text)
{
	if (log->count < KMSG_WARNINGS)
		normalise(log->warnings[log->count++], text);
}

/* The function in "... func.isra.0+0x1b4/0x2f0 [module]", or "". */
static void function_name(char *name, size_t size, const char *line)
{
	const char *plus = strstr(line, "+0x");
	const char *from = plus;
	size_t length;

	name[0] = '\0';
	if (!plus)
		return;
	while (from > line && from[-1] != ' ')
		from--;
	length = strcspn(from, ".+");
	snprintf(name, size, "%.*s", (int)length, from);
}

/* "WARNING: CPU: 0 PID: 77 at file.c:380 func+0x1b4/0x2f0": what, and where. */
static void complain_of_warning(struct kmsg *log, const char *line)
{
	char where[KMSG_TEXT / 2], text[KMSG_TEXT];
	const char *what = log->said[0] ? log->said : "WARNING";

	function_name(where, sizeof(where), line);
	snprintf(text, sizeof(text), "%.100s at %s", what, where);
	complain(log, text);
}

void kmsg_line(struct kmsg *log, const char *line)
{
	size_t i;

	if (log->line_count < KMSG_LINES)
		snprintf(log->lines[log->line_count++], KMSG_TEXT, "%s", line);

	if (starts(line, "------------[ cut here ]")) {
		log->cut_here = true;
		log->said[0] = '\0';
		return;
	}
	if (starts(line, "---[ end trace")) {
		log->cut_here = false;
		log->in_oops = false;
		return;
	}
	if (log->cut_here && starts(line, "WARNING: ") && strstr(line, "+0x")) {
		complain_of_warning(log, line);
		log->cut_here = false;
		return;
	}
	for (i = 0; i < sizeof(complaints) / sizeof(*complaints); i++) {
		if (!starts(line, complaints[i]))
			continue;
		/* An oops goes on for some lines; the first says it. */
		if (!log->in_oops)
			complain(log, line);
		log->in_oops = strstr(line, "BUG") || strstr(line, "Oops") ||
			       strstr(line, "Unable");
		log->cut_here = false;
		return;
	}
	if (log->cut_here && !log->said[0])
		snprintf(log->said, KMSG_TEXT, "%s", line);
}

static void kmsg_open(struct kmsg *log, int whence)
{
	memset(log, 0, sizeof(*log));
	log->fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (log->fd >= 0)
		lseek(log->fd, 0, whence);
}

void kmsg_start(struct kmsg *log)
{
	kmsg_open(log, SEEK_END);
}

void kmsg_start_at_boot(struct kmsg *log)
{
	kmsg_open(log, SEEK_SET);
}

void kmsg_read(struct kmsg *log)
{
	char record[8192], *text;
	ssize_t length;

	for (;;) {
		length = read(log->fd, record, sizeof(record) - 1);
		if (length < 0 && errno == EPIPE)
			continue; /* records were overwritten meanwhile */
		if (length <= 0)
			return;
		record[length] = '\0';
		/* "level,sequence,time,flags;text\n key=value\n" */
		text = strchr(record, ';');
		if (!text)
			continue;
		text[1 + strcspn(text + 1, "\n")] = '\0';
		kmsg_line(log, text + 1);
	}
}

/* Without registers and code, which take three lines of four. */
void kmsg_print(const struct kmsg *log, const char *prefix)
{
	bool dump = false;
	int i;

	for (i = 0; i < log->line_count; i++) {
		if (starts(log->lines[i], "Modules linked in:") ||
		    starts(log->lines[i], "--- interrupt:"))
			dump = true;
		if (starts(log->lines[i], "Call Trace:") ||
		    starts(log->lines[i], "------------[") ||
		    starts(log->lines[i], "---[ end trace"))
			dump = false;
		if (!dump)
			printf("%s%s\n", prefix, log->lines[i]);
	}
}

void kmsg_end(struct kmsg *log)
{
	if (log->fd >= 0)
		close(log->fd);
}
