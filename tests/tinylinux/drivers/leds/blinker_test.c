// SPDX-License-Identifier: GPL-2.0-only
int blinker_test(void)
{
	return 0;
}
