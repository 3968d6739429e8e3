# SPDX-License-Identifier: GPL-2.0-only
"""A compiler that remembers what it was asked.

Each time it is started, kbuild asks the compiler some fifty times whether it knows an option, by
compiling /dev/null: more than half of the time of a make that has nothing to do. The answers
change with the compiler only, and an O= directory of ours has one compiler. So kbuild is given
a compiler that answers those questions from a list; everything else goes to the real one.
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
# {gcc}, with the answers to kbuild's questions remembered beside it.
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
# A probe that says something is asked for what it says, not only whether it works.
errors=$list.$$
said=$({gcc} "$@" 2>"$errors")
status=$?
warned=$(cat "$errors")
rm -f "$errors"
[ -z "$said" ] || printf '%s\\n' "$said"
[ -z "$warned" ] || printf '%s\\n' "$warned" >&2
case $status:$said:$warned in
0::) printf 'yes%s\\n' "$key" >> "$list" ;;
# Told why not, kbuild does not listen. Killed is no answer.
[1-9]::* | [1-9][0-9]::*) printf 'no%s\\n' "$key" >> "$list" ;;
esac
exit $status
"""


def compiler(request: BuildRequest) -> Path:
    """Where kbuild finds the compiler that remembers; `place` puts it there."""
    return request.record / "probes" / request.toolchain.gcc


def place(request: BuildRequest) -> None:
    """Make that compiler, and have it forget when the real one, or this script, is another."""
    gcc = require(request.toolchain.gcc)
    real = gcc.resolve()
    script, text = compiler(request), _SCRIPT.format(gcc=gcc)
    identity = f"{real} {real.stat().st_mtime_ns} {real.stat().st_size}\n{text}"
    noted = script.with_name("identity")
    if not noted.exists() or noted.read_text() != identity:
        shutil.rmtree(script.parent, ignore_errors=True)
        cache.write_atomically(noted, identity.encode())
    cache.write_if_changed(script, text.encode(), mode=0o755)
