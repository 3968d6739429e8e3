/* SPDX-License-Identifier: GPL-2.0-only */
#define SOFTAFU_ANSWER 42
