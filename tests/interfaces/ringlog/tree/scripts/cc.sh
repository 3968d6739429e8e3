#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# cc.sh TARGET SOURCE [FLAG...]: compile, and write the .cmd file as scripts/basic/fixdep does.
set -e
target=$1 source=$2
shift 2
cd "$O"
mkdir -p "$(dirname "$target")" include/config
mark=$(case " $* " in *" -DMODULE "*) echo "[M] ";; *) echo "    ";; esac)
echo "  CC $mark $target"
flags="-Wall -nostdinc -ffreestanding -D__KERNEL__ -I$srctree/include -I$srctree/include/uapi $*"
$CC $flags -MMD -MF "$target.d" -MT "$O/$target" -c -o "$target" "$source"
{
	printf 'cmd_%s := %s %s -c -o %s %s\n\n' "$target" "$CC" "$flags " "$target" "$source"
	printf 'source_%s := %s\n\n' "$target" "$source"
	printf 'deps_%s := \\\n' "$target"
	sed 's/^[^:]*://; s/ \\$//' "$target.d" | tr -s ' ' '\n' | grep . | grep -v "^$source$" |
		sed 's/.*/  & \\/'
	printf '\n%s: $(deps_%s)\n' "$target" "$target"
} > "$(dirname "$target")/.$(basename "$target").cmd"
