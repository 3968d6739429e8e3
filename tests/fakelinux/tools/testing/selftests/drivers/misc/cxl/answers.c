// SPDX-License-Identifier: GPL-2.0-only
#include <misc/cxl.h>
#include "../../../kselftest_harness.h"
#include "../../../../../../drivers/misc/cxl/softafu_uapi.h"

static int test(void)
{
	return CXL_EVENT_HEADER_SIZE + SOFTAFU_ANSWER;
}

TEST_HARNESS_MAIN
