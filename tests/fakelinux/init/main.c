// SPDX-License-Identifier: GPL-2.0-only
int cxl_base(void);

int main(void)
{
	return cxl_base();
}
