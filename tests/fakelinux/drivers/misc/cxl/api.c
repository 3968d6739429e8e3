// SPDX-License-Identifier: GPL-2.0-only
#include "cxl.h"

void cxl_raise(struct cxl_context *ctx)
{
	ctx->pending = 1;
}
