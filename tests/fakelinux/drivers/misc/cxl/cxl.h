/* SPDX-License-Identifier: GPL-2.0-only */
#define CXL_BASE_ANSWER 0

struct cxl_context {
	int pending;
};
