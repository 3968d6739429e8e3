/* SPDX-License-Identifier: GPL-2.0-only */
#define CXL_EVENT_HEADER_SIZE 8
