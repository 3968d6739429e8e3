#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The .config that was asked for, less the options that the file `drops` names.
set -e
mkdir -p "$O/include/config"
if [ -e "$srctree/drops" ]; then
	sed -e 's/.*/s|^CONFIG_&=.*|# CONFIG_& is not set|/' "$srctree/drops" > "$O/drops.sed"
	sed -f "$O/drops.sed" "$KCONFIG_ALLCONFIG" > "$O/.config.new"
else
	cp "$KCONFIG_ALLCONFIG" "$O/.config.new"
fi
cmp -s "$O/.config.new" "$O/.config" || mv "$O/.config.new" "$O/.config"
{
	printf 'deps_config := \\\n'
	printf '\t%s \\\n' drivers/misc/cxl/Kconfig Kconfig
} > "$O/include/config/auto.conf.cmd"
