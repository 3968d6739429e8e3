# SPDX-License-Identifier: GPL-2.0-only
#
# The front door: `make run` does the main job, `make test` runs everything that proves it.
# Both install what the machine lacks first. All logic is in `afugen` itself.

PYTHON ?= $(firstword $(wildcard /usr/bin/python3) python3)
# The section names of qemu/packages.toml, which `afugen doctor` reads too.
PACKAGES := python3-venv $(shell sed -n 's/^\["\{0,1\}\([^"]*\)"\{0,1\}\]$$/\1/p' qemu/packages.toml)
# What only the tests need: the second kernel tree, cpio to read an initramfs with, procps
# for pgrep, a browser to read reports with, the shells that completion scripts are for.
TEST_PACKAGES := linux-source-6.12 cpio procps chromium zsh fish

PYTEST := .venv/bin/python -m pytest --durations=10

.PHONY: run test check docs setup packages test-packages
run: setup
	.venv/bin/afugen run

# Tests that build take turns in one worktree, so that two of them at once would only wait.
test: setup test-packages
	@$(PYTEST) -n 2 -m "not boot"; first=$$?; $(PYTEST) -m boot && exit $$first

# For every save: lint, types, imports and the tests that need no kernel.
check: setup
	$(PYTEST) -n 2 -m "not kernel and not boot and not slow"

# HTML in build/docs/html, man pages in build/docs/man. A warning is an error, and so is a link
# inside that leads nowhere. Installs nothing but the virtual environment.
docs: .venv/.complete
	.venv/bin/sphinx-build -q -W --keep-going -d build/docs/doctrees -b html docs build/docs/html
	.venv/bin/sphinx-build -q -W --keep-going -d build/docs/doctrees -b man docs build/docs/man

setup: packages
	@$(MAKE) -s .venv/.complete

packages: WANTED = $(PACKAGES)
test-packages: WANTED = $(TEST_PACKAGES)
packages test-packages:
	@set -e; command -v dpkg-query >/dev/null || exit 0; missing=; \
	for package in $(WANTED); do \
		dpkg-query -W -f '$${Status}' $$package 2>/dev/null | grep -q ' installed$$' || \
			missing="$$missing $$package"; \
	done; \
	[ -n "$$missing" ] || exit 0; \
	if [ "$$(id -u)" = 0 ]; then sudo=; elif sudo -n true 2>/dev/null; then sudo=sudo; else \
		echo "afugen needs these Debian packages; install them with:" >&2; \
		echo "  sudo apt-get install --no-install-recommends$$missing" >&2; exit 3; \
	fi; \
	echo "installing$$missing" >&2; \
	$$sudo apt-get update -q; \
	DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -q --no-install-recommends $$missing

# The marker comes last: a set-up that was cut short is made again from nothing.
.venv/.complete: requirements.lock pyproject.toml
	rm -rf .venv
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	.venv/bin/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@
