// SPDX-License-Identifier: GPL-2.0-only
#include "softafu_uapi.h"

int softafu_answer(void)
{
	return SOFTAFU_ANSWER;
}
