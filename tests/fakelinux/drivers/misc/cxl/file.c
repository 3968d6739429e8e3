// SPDX-License-Identifier: GPL-2.0-only
#include "cxl.h"

int afu_poll(struct cxl_context *ctx)
{
	return ctx->pending;
}
