# SPDX-License-Identifier: GPL-2.0-only
"""A wrapper of the compiler that caches the results of kbuild's option probes (cc-option).

Each time it is started, kbuild tests some fifty times whether the compiler accepts an option, by
compiling /dev/null: more than half of the time of a make that has nothing to do. The results
change with the compiler only, and an O= directory of ours has one compiler. So kbuild's CC is a
script that takes the results from a list, and runs the compiler for everything else.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from afugen import cache
from afugen.build.request import BuildRequest
from afugen.command import require

# The key is the command line less the output, whose name holds a process id.
_SCRIPT = """\
#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# {gcc}, with the results of kbuild's option probes in a list beside it.
case " $* " in
*" -x c /dev/null "* | *" -x assembler-with-cpp /dev/null "*) ;;
*) exec {gcc} "$@" ;;
esac
key= output=
for word; do
	if [ "$output" = next ]; then
		output=$word
	elif [ "$word" = -o ]; then
		output=next
	else
		key="$key $word"
	fi
done
case "$output" in
*.tmp_*/tmp | /dev/null) ;;
*) exec {gcc} "$@" ;;
esac
list=${{0%/*}}/answers
case $(grep -Fxs -e "yes$key" -e "no$key" "$list") in
yes*) exit 0 ;;
no*) exit 1 ;;
esac
# Where a probe prints something, kbuild may want the text, not only the status.
errors=$list.$$
printed=$({gcc} "$@" 2>"$errors")
status=$?
warned=$(cat "$errors")
rm -f "$errors"
[ -z "$printed" ] || printf '%s\\n' "$printed"
[ -z "$warned" ] || printf '%s\\n' "$warned" >&2
case $status:$printed:$warned in
0::) printf 'yes%s\\n' "$key" >> "$list" ;;
# kbuild ignores the reason of a failure. A compiler that was killed has no result.
[1-9]::* | [1-9][0-9]::*) printf 'no%s\\n' "$key" >> "$list" ;;
esac
exit $status
"""


def compiler(request: BuildRequest) -> Path:
    """Return the path of the wrapper, which `install` writes."""
    return request.record / "probes" / request.toolchain.gcc


def install(request: BuildRequest) -> None:
    """Write the wrapper; drop its list if the compiler, or the script, is not the same."""
    gcc = require(request.toolchain.gcc)
    real = gcc.resolve()
    script, text = compiler(request), _SCRIPT.format(gcc=gcc)
    identity = f"{real} {real.stat().st_mtime_ns} {real.stat().st_size}\n{text}"
    recorded = script.with_name("identity")
    if not recorded.exists() or recorded.read_text() != identity:
        shutil.rmtree(script.parent, ignore_errors=True)
        cache.write_atomically(recorded, identity.encode())
    cache.write_if_changed(script, text.encode(), mode=0o755)
