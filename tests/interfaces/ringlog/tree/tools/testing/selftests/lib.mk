# SPDX-License-Identifier: GPL-2.0-only
# As much of the kernel's as a selftest with one program needs.
CC := $(CROSS_COMPILE)gcc
CFLAGS += $(USERCFLAGS)
LDFLAGS += $(USERLDFLAGS)
TEST_GEN_PROGS := $(TEST_GEN_PROGS:%=$(OUTPUT)/%)

all: $(TEST_GEN_PROGS)

$(OUTPUT)/%: %.c
	$(CC) $(CFLAGS) $(LDFLAGS) $< -o $@

emit_tests:
	for TEST in $(TEST_GEN_PROGS); do echo "$(COLLECTION):`basename $$TEST`"; done

.PHONY: all emit_tests
