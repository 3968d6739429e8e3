# SPDX-License-Identifier: GPL-2.0-only
"""Sphinx: HTML and man pages from the same source. See `make docs`."""

import sys
from importlib.metadata import version as version_of
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

project = "afugen"
author = "the afugen authors"
copyright = "the afugen authors, GPL-2.0-only"  # noqa: A001 - Sphinx's name
release = version = version_of("afugen")

extensions = ["myst_parser", "generated", "links"]
myst_enable_extensions = ["deflist", "fieldlist"]
myst_heading_anchors = 3
exclude_patterns = ["reference/intro/*"]
nitpicky = True
# `--tree` is not a dash.
smartquotes = False

html_theme = "furo"
html_title = f"afugen {release}"
html_static_path = ["_static"]
html_css_files = ["afugen.css"]
html_show_sphinx = False
html_copy_source = False
html_show_sourcelink = False

# name, section and title of a man page by document; those of the commands come from the parser.
man_pages = [
    ("reference/files/spec", "afugen-spec", "the spec of one version of a series", author, 5),
    ("reference/files/interface", "afugen-interface", "the interface of a series", author, 5),
    ("reference/files/review", "afugen-review", "the ledger of a review", author, 5),
    ("reference/outcomes", "afugen-outcomes", "outcomes and exit statuses", author, 7),
]
