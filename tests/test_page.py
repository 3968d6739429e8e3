# SPDX-License-Identifier: GPL-2.0-only
"""The report as a reader has it: one file, in a browser that is cut off from everything."""

from __future__ import annotations

import dataclasses
import re
import shutil
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from afugen import abi
from afugen.abi import SymbolChange, SymbolState
from afugen.checks import Delta, Remark
from afugen.compare import compare_runs, to_html
from afugen.compare.costs import Cost, CostKind
from afugen.compare.model import (
    AbiChanges,
    AnnotatedFile,
    AnnotatedHunk,
    DiffReport,
    InterfaceTerms,
    MissingSection,
    Provenance,
    ReviewComment,
    SideSummary,
    SpecField,
    SymbolChanges,
)
from afugen.compare.range_diff import CommitPair
from afugen.compare.side_by_side import diff_file
from afugen.compare.spec_changes import FieldChange
from afugen.compare.word_diff import ChangeKind, word_diff
from afugen.review import ClaimResult, Decision
from afugen.verdict import Outcome, Stage, TestResult, Verdict
from browser import browser

HOSTILE = "</script><script>document.title='owned'</script><img src=http://example.org/x onerror=1>"
OLD = b"".join(b"int line%d(void);\n" % n for n in range(1, 200))
NEW = OLD.replace(b"line20(void)", b"line20(int cpu)").replace(b"line150", b"line_150")
FILE, UAPI, ADDED = "drivers/misc/cxl/file.c", "include/uapi/misc/cxl.h", "drivers/misc/cxl/new.c"


def comment(name: str, line: int, decision: Decision = Decision.ACCEPTED, *, holds: bool = True):
    evidence = (ClaimResult(f"line{line}() takes a cpu", holds, FILE, line, "" if holds else "no"),)
    return ReviewComment(name, "A Reviewer", (f"Why? {HOSTILE}",), ("An Author", "ok"), decision,
                   "Because.", evidence)  # fmt: skip


COMMENTS = (comment("take-a-cpu", 20), comment("never-done", 20, Decision.DECLINED),
            comment("not-so", 20, holds=False))  # fmt: skip


def view(path: str, before: bytes | None, after: bytes, comments=()) -> AnnotatedFile:
    shown = diff_file(path, before, after)
    by = Provenance(
        "v2", "templates/x.j2:3", (SpecField(f"size {HOSTILE}", "spec.yaml", 7, differs=True),)
    )
    hunks = tuple(
        AnnotatedHunk(hunk, (by,), tuple(c for c in comments
                                    if c.evidence[0].line in hunk.lines(right=True)))
        for hunk in shown.hunks
    )  # fmt: skip
    return AnnotatedFile(
        path, shown.change, shown.count(ChangeKind.NEW), shown.count(ChangeKind.GONE), hunks
    )


def result(name: str, outcome: Outcome, reason: str = "") -> TestResult:
    return TestResult(name, outcome, reason, observed=(HOSTILE,) if reason else ())


def verdict(*tests: TestResult) -> Verdict:
    return Verdict(Outcome.XFAIL, "", tests, (Stage("build", 1.0),), (HOSTILE,), (HOSTILE,),
                   machine="powernv9")  # fmt: skip


BEFORE = verdict(result("read.size", Outcome.XFAIL, "trusted"), result("poll.none", Outcome.PASS))
AFTER = verdict(result("read.size", Outcome.PASS), result("poll.none", Outcome.PASS))
EVENT = abi.StructLayout("struct cxl_event", 40, 8, (abi.MemberLayout("header", "struct h", 0, 8),))
GROWN = abi.StructLayout("struct cxl_event", 48, 8, (abi.MemberLayout("header", "struct h", 8, 8),))
BROKEN = abi.LayoutChange(
    "struct cxl_event", abi.Compatibility.BREAK, ("size was 40, is 48",), EVENT, GROWN
)
REPORT = DiffReport(
    before=SideSummary("v1", "spec", (), "kernel-patches/cxl/v1/spec.yaml"),
    after=SideSummary(HOSTILE, "spec", (("0" * 40, HOSTILE),), "kernel-patches/cxl/v2/spec.yaml"),
    base="0123456789ab",
    spec=(FieldChange("size_check", ChangeKind.CHANGED, "warn", HOSTILE,
                            word_diff("warn", HOSTILE), 3, 4),),
    commits=(CommitPair(ChangeKind.CHANGED, 1, 1, "a" * 12, "b" * 12, HOSTILE,
                         ("@@ x", f"-{HOSTILE}", "+new", " same")),),
    files=(view(ADDED, None, OLD), view(FILE, OLD, NEW, COMMENTS), view(UAPI, OLD, NEW)),
    abi=AbiChanges((BROKEN,), (BROKEN,), MissingSection("no mainline")),
    symbols=SymbolChanges(
        (SymbolChange("cxl_x", SymbolState.CHANGED, "1", "2", "struct y", HOSTILE),),
                    MissingSection("no mainline")),
    remarks=Delta((Remark("gcc", "warning", FILE, 20, HOSTILE, "-Wx"),), (), ()),
    tests=compare_runs(BEFORE, AFTER),
    mainline=compare_runs(BEFORE, AFTER), stock="linux-source-6.1",
    terms=InterfaceTerms("AFU driver", "AFU drivers", HOSTILE, UAPI), program_effects=(HOSTILE,),
    review=COMMENTS,
    costs=(Cost(CostKind.SOURCE, f"x is now {HOSTILE}", HOSTILE, "event.name"),),
    notes=(HOSTILE,),
)  # fmt: skip
NONE = MissingSection("none")
EMPTY = dataclasses.replace(
    REPORT, spec=MissingSection("no spec"), abi=MissingSection("gap", is_gap=True), commits=NONE,
    symbols=NONE, remarks=NONE, tests=NONE, review=NONE, costs=NONE, mainline=NONE,
    program_effects=(), files=(), notes=(),
)  # fmt: skip


class Elements(HTMLParser):
    """All start tags of a page, and the ids."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def all(self, name: str) -> list[str]:
        return [attrs[name] for _, attrs in self.tags if attrs.get(name) is not None]


@pytest.mark.parametrize("report", [REPORT, EMPTY], ids=["full", "empty"])
def test_the_page_is_whole_html_that_refers_to_nothing_outside(report):
    found = Elements(to_html(report))
    assert len(found.all("id")) == len(set(found.all("id")))
    targets = {href.removeprefix("#") for href in found.all("href") if href.startswith("#")}
    assert targets <= set(found.all("id"))
    assert [h for h in found.all("href") if not h.startswith("#")] == ["data:,"]
    assert found.all("src") == []
    assert [name for tag, attrs in found.tags for name in attrs if name.startswith("on")] == []
    assert found.all("style") == []
    assert [tag for tag, _ in found.tags].count("script") == 1


def test_every_answer_links_to_what_it_rests_on():
    html = to_html(REPORT)
    summary = html[html.index('id="summary"') : html.index('id="review"')]
    for target in ("comment-take-a-cpu", "file.c-L20", "abi", "test-read.size", "drivers",
                   "comment-not-so", "comment-never-done"):  # fmt: skip
        assert f'href="#{target}"' in summary


def test_files_of_one_name_have_anchors_of_their_own():
    files = tuple(view(path, OLD, NEW) for path in (
        "drivers/misc/cxl/cxl.h", "include/misc/cxl.h", "include/uapi/misc/cxl.h"))  # fmt: skip
    found = Elements(to_html(dataclasses.replace(REPORT, files=files, review=MissingSection(""))))
    for end in ("cxl/cxl.h-L20", "include/misc/cxl.h-L20", "uapi/misc/cxl.h-L20"):
        assert end in found.all("id")


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    assert shutil.which("chromium"), "install chromium"
    with browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture
def opened(reader, tmp_path):
    """The page, freshly opened in a window of the usual size."""
    path = tmp_path / "report.html"
    path.write_text(to_html(REPORT))
    reader.size(1280, 900)
    reader.media()
    reader.said.clear()
    reader.requests.clear()
    reader.open(path)
    reader.js("localStorage.clear(); delete document.documentElement.dataset.theme")
    yield reader
    assert reader.said == []
    assert set(reader.requests) == {path.as_uri()}


def where(reader) -> str:
    return reader.js("document.querySelector('#where').textContent")


def shown(reader, selector: str) -> int:
    return reader.js(f"[...document.querySelectorAll({selector!r})]"
                     ".filter(e => e.checkVisibility()).length")  # fmt: skip


def tick(reader, selector: str) -> None:
    reader.js(f"document.querySelector({selector!r}).click()")
    reader.settle()


def test_what_strangers_wrote_is_text(opened):
    assert opened.js("document.title") == f"{HOSTILE}: v1 → {HOSTILE}"
    assert opened.js("document.querySelectorAll('img').length") == 0


def test_keys_go_from_hunk_to_hunk(opened):
    heads = []
    for key in ("n", "j", "n", "p", "k", "k", "k"):
        opened.press(key)
        heads.append(where(opened).split(" (")[0])
    first, second, third = "new.c, hunk 1 of 1", "file.c, hunk 1 of 2", "file.c, hunk 2 of 2"
    assert heads == [first, second, third, second, first, first, first]
    opened.press("n")
    top = "document.querySelector('.hunk.current').getBoundingClientRect().top"
    assert 60 < opened.js(top) < 300
    assert opened.js("document.activeElement.classList.contains('current')")


def test_the_last_hunk_is_the_end(opened):
    for _ in range(9):
        opened.press("n")
    assert where(opened) == "cxl.h, hunk 2 of 2 (5 of 5)"


def test_keys_are_told_and_do_nothing_meanwhile(opened):
    opened.press("?")
    assert opened.js("document.querySelector('dialog').open")
    opened.press("n")
    assert where(opened) == ""
    opened.press("Escape")
    assert not opened.js("document.querySelector('dialog').open")


def test_files_are_filtered_and_hunks_with_them(opened):
    opened.press("f")
    for key in "file.c":
        opened.press(key)
    assert opened.js("document.querySelector('#files-with').value") == "file.c"
    assert shown(opened, "article.file") == 1
    assert shown(opened, "nav li[data-path]") == 1
    opened.press("Escape")
    for _ in range(3):
        opened.press("n")
    assert where(opened) == "file.c, hunk 2 of 2 (2 of 2)"


def test_only_tests_that_changed(opened):
    assert shown(opened, ".tests tbody tr") == 2
    tick(opened, "#turned-only")
    assert shown(opened, ".tests tbody tr") == 1
    assert opened.js("[...document.querySelectorAll('.tests tbody tr')]"
                     ".find(r => r.checkVisibility()).id") == "test-read.size"  # fmt: skip


def test_only_hunks_with_comments(opened):
    assert shown(opened, ".hunk") == 5
    tick(opened, "#commented-only")
    assert shown(opened, ".hunk") == 1
    assert shown(opened, ".hunk .review-comment") == 3


def test_sections_are_filtered_and_come_back_when_linked_to(opened):
    tick(opened, "[data-section=review]")
    assert shown(opened, "#review") == 0
    tick(opened, "#summary a[href='#comment-take-a-cpu']")
    assert shown(opened, "#review") == 1
    assert opened.js("document.querySelector('[data-section=review]').checked")


def test_a_line_can_be_linked_to(opened, tmp_path):
    opened.open(tmp_path / "report.html", "#file.c-L150")
    top = opened.js("document.getElementById('file.c-L150').getBoundingClientRect().top")
    assert 60 < top < 800
    opened.press("n")
    assert where(opened).startswith("cxl.h, hunk 1 of 2")


def test_a_link_to_where_the_address_points_shows_what_was_hidden_since(opened):
    link = "#summary a[href='#comment-take-a-cpu']"
    tick(opened, link)
    tick(opened, "[data-section=review]")
    assert shown(opened, "#review") == 0
    tick(opened, link)
    assert shown(opened, "#review") == 1


def test_next_starts_where_the_reader_has_scrolled_to(opened):
    opened.js("document.querySelector('[data-path*=\"file.c\"] .hunk:last-child')"
              ".scrollIntoView({behavior: 'instant'})")  # fmt: skip
    opened.settle()
    opened.press("n")
    assert where(opened).startswith("cxl.h, hunk 1 of 2")


def test_a_comment_stands_above_the_line_that_answers_it(opened):
    below = opened.js("""(() => {
        const row = document.querySelector('.review-comment').closest('tr');
        return [...document.querySelectorAll('.review-comment')].map(comment => {
          let next = comment.closest('tr').nextElementSibling;
          while (next.querySelector('.review-comment')) next = next.nextElementSibling;
          return next.querySelector('td:nth-child(3)').id;
        });
    })()""")
    lines = {f"file.c-L{line}" for one in COMMENTS for line in one.lines(FILE)}
    assert set(below) == lines


def test_what_is_gone_is_linked_to_where_it_was():
    gone = Remark("sparse", "warning", FILE, 20, "was here")
    html = to_html(dataclasses.replace(REPORT, remarks=Delta((), (gone,), (gone,))))
    assert 'was here <a class="place" href="#file.c-O20">v1 file.c:20</a>' in " ".join(html.split())
    assert 'was here <a class="place" href="#file.c-L20">file.c:20</a>' in " ".join(html.split())


def test_a_driver_built_for_mainline_is_told_what_it_finds_mended():
    def html(state: SymbolState) -> str:
        crc = SymbolChange("cxl_x", state, "1", "1", "", "")
        return to_html(dataclasses.replace(REPORT, symbols=SymbolChanges((), (crc,))))

    title = "What a driver built for mainline"
    table = html(SymbolState.EQUAL).partition(title)[2]
    assert re.search(r'href="#test-read.size">read.size</a></th><td>trusted', table)
    assert title not in html(SymbolState.CHANGED)  # it does not load, so it finds nothing
    assert title not in to_html(EMPTY)


def test_a_line_of_a_folded_file_unfolds_it(opened, tmp_path):
    assert shown(opened, '[id="new.c-L150"]') == 0
    opened.js("location.hash = '#new.c-L150'")
    opened.settle()
    assert shown(opened, '[id="new.c-L150"]') == 1


PAGE_COLOR = "getComputedStyle(document.body).backgroundColor"


def test_dark_is_the_systems_choice_until_the_reader_makes_one(opened, tmp_path):
    light = opened.js(PAGE_COLOR)
    opened.media(scheme="dark")
    dark = opened.js(PAGE_COLOR)
    assert light != dark
    opened.press("t")
    assert opened.js(PAGE_COLOR) == light
    opened.press("t")
    assert opened.js(PAGE_COLOR) == dark
    opened.media(scheme="light")
    assert opened.js(PAGE_COLOR) == light  # what the system says is no choice of the reader's
    opened.press("t")
    opened.open(tmp_path / "report.html")
    assert opened.js(PAGE_COLOR) == dark


CONTRAST = """
(() => {
  const rgb = c => c.match(/[\\d.]+/g).map(Number);
  const linear = v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = c => [.2126, .7152, .0722].reduce((s, w, i) => s + w * linear(c[i]), 0);
  const behind = e => {
    for (; e; e = e.parentElement) {
      const c = rgb(getComputedStyle(e).backgroundColor);
      if (c.length < 4 || c[3] > 0) return c;
    }
    return [255, 255, 255];
  };
  const low = new Set();
  for (const e of document.querySelectorAll('body *')) {
    if (!e.checkVisibility() || ![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
    const [a, b] = [light(rgb(getComputedStyle(e).color)), light(behind(e))];
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) low.add(`${e.tagName}.${e.className} ${ratio.toFixed(2)}`);
  }
  return [...low];
})()
"""  # noqa: E501


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read(opened, scheme):
    """Contrast as WCAG 2.1 counts it, level AA."""
    opened.media(scheme=scheme)
    opened.js("document.querySelectorAll('details').forEach(d => { d.open = true })")
    assert opened.js(CONTRAST) == []


@pytest.mark.parametrize("width", [1280, 760, 390])
def test_nothing_is_wider_than_the_window(opened, width):
    opened.size(width, 800)
    opened.settle()
    assert opened.js("document.documentElement.scrollWidth") <= width


def test_on_paper_everything_is_unfolded_and_nothing_is_left_of_the_tools(opened):
    opened.js("dispatchEvent(new Event('beforeprint'))")
    opened.media(medium="print")
    assert opened.js("[...document.querySelectorAll('details')].every(d => d.open)")
    assert shown(opened, "nav") == shown(opened, ".tools") == 0


def test_landmarks_and_headings_are_in_order(opened):
    assert [shown(opened, tag) for tag in ("header", "main", "nav", "h1")] == [1, 1, 1, 1]
    levels = opened.js("[...document.querySelectorAll('h1,h2,h3,h4')].map(h => +h.tagName[1])")
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))


def test_the_page_says_its_policy_and_keeps_it():
    html = to_html(REPORT)
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', html).group(1)
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
