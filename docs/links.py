# SPDX-License-Identifier: GPL-2.0-only
"""A Sphinx extension: every link inside the HTML that was built leads somewhere.

Needs no network: addresses outside of the build are not looked at. A link that leads nowhere is
an error of the build.
"""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError


class _Page(HTMLParser):
    """The places of a page that links may name, and the links that it has."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note ids, and where href, src and data point to."""
        for name, value in attrs:
            if name == "id" and value:
                self.ids.add(value)
            elif name in ("href", "src", "data") and value is not None:
                self.links.append(value)


def broken(html: Path) -> list[str]:
    """Return `page: link` for each link in a directory of HTML that leads nowhere in it."""
    pages = {path.resolve(): _Page(path) for path in sorted(html.rglob("*.html"))}
    return [
        f"{path.relative_to(html.resolve())}: {link}"
        for path, page in pages.items()
        for link in page.links
        if not _leads_somewhere(path, link, pages)
    ]


def _leads_somewhere(path: Path, link: str, pages: dict[Path, _Page]) -> bool:
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return True
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if not target.is_file():
        return False
    fragment = unquote(parts.fragment)
    return not fragment or target not in pages or fragment in pages[target].ids


def _check(app: Sphinx, error: Exception | None) -> None:
    if error is None and app.builder.name == "html":
        found = broken(Path(app.outdir))
        if found:
            raise ExtensionError("links that lead nowhere:\n  " + "\n  ".join(found))


def setup(app: Sphinx) -> dict[str, Any]:
    """Called by Sphinx."""
    app.connect("build-finished", _check)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
