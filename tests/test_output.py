# SPDX-License-Identifier: GPL-2.0-only
"""Results go where they are sent, alone, and take nobody's place."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from afugen.cli import main
from afugen.cli.output import refuse_unwritable, write_text
from afugen.errors import InputError
from afugen.pipeline import matrix

AFUGEN = Path(sys.executable).parent / "afugen"
LOG = Path(__file__).parent / "data" / "boot-logs" / "kselftest-6.1.log"


def parse(*arguments: str | Path, code: int = 0, **options) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([AFUGEN, "parse", LOG, "--spec", "v1", *arguments], text=True,
                          capture_output=True, check=False, **options)  # fmt: skip
    assert done.returncode == code, done.stderr
    return done


def test_a_link_stays_one_and_a_file_keeps_its_mode(tmp_path):
    target, link = tmp_path / "target.json", tmp_path / "link.json"
    target.write_text("old")
    target.chmod(0o640)
    link.symlink_to(target)
    write_text(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_a_new_file_is_as_private_as_the_user_wants_it(tmp_path):
    before = os.umask(0o077)
    try:
        write_text(tmp_path / "new", "x")
        assert os.umask(0o077) == 0o077
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o600


def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path):
    pipe, read = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()), daemon=True)
    reader.start()
    write_text(pipe, "through")
    reader.join(10)
    assert read == ["through"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_what_a_descriptor_is_open_for_is_written_to(tmp_path):
    with (tmp_path / "open").open("w") as file:
        before = os.fstat(file.fileno()).st_ino
        write_text(Path(f"/dev/fd/{file.fileno()}"), "x")
    assert (tmp_path / "open").read_text() == "x"
    assert (tmp_path / "open").stat().st_ino == before


@pytest.mark.parametrize("place", ["-", "/dev/stdout"])
@pytest.mark.parametrize("option", ["--json", "--junit"])
def test_a_result_on_standard_output_is_alone_there(option, place):
    done = parse(option, place)
    assert done.stdout.startswith("{" if option == "--json" else "<testsuites")
    assert "xfail: 16 of 58 tests fail" in done.stderr
    if option == "--json":
        assert json.loads(done.stdout)["outcome"] == "xfail"


def test_the_result_of_a_check_is_alone_too():
    done = subprocess.run(
        [AFUGEN, "check", "--regen", "v1", "--json", "-"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert json.loads(done.stdout)["checks"][0]["outcome"] == "pass"
    assert "the committed patches are what the spec makes" in done.stderr


def test_standard_output_takes_one_result():
    done = parse("--json", "-", "--junit", "-", code=2)
    assert done.stderr == "afugen: standard output takes one result: name a file for the other\n"


@pytest.mark.parametrize("arguments", [("parse", str(LOG), "--json"), ("matrix", "--update")])
def test_a_directory_that_cannot_be_written_to_is_told_before_the_work(
    arguments, tmp_path, monkeypatch, capsys
):
    place = tmp_path / "README.md"
    place.write_text(f"{matrix.BEGIN}{matrix.END}")
    monkeypatch.setattr(matrix, "measure", None)
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != tmp_path)
    assert main([*arguments, str(place)]) == 2
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", f"afugen: {place}: {tmp_path} cannot be written to\n")


def test_a_device_in_a_directory_of_others_may_be_written_to(monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) == Path("/dev/null"))
    refuse_unwritable(Path("/dev/null"))
    with pytest.raises(InputError, match="/dev cannot be written to"):
        refuse_unwritable(Path("/dev/new"))
