// SPDX-License-Identifier: GPL-2.0-only
#include "cxl.h"

int cxl_base(void)
{
	return CXL_BASE_ANSWER;
}
