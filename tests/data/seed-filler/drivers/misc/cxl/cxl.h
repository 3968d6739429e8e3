#ifndef _CXL_H_
#define _CXL_H_

#include <linux/types.h>
@@@

/*
@@@
 * Filler.
 */

struct cxl_context {
	bool pending_irq;
@@@
#endif
