// SPDX-License-Identifier: GPL-2.0-only
struct blinker {
	int on;
};

int blinker_toggle(struct blinker *lamp)
{
	lamp->on = !lamp->on;
	return lamp->on;
}
