/* SPDX-License-Identifier: GPL-2.0-only */
#define TEST_HARNESS_MAIN int main(void) { return test(); }
