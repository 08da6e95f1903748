# make run    the site on http://127.0.0.1:8000 (PORT=9000 make run moves it)
# make test   the whole test suite
# make check  format, lint, types
# make widget web/static/widget.min.js and widget-more.min.js out of their sources; needs npm

PYTHON ?= python3
BIN := .venv/bin
TORCH := torch==2.13.0
ESBUILD := $(CURDIR)/node_modules/.bin/esbuild
CPU_WHEELS := https://download.pytorch.org/whl/cpu

.PHONY: run test check install install-test bench widget esbuild clean

run: install
	@$(BIN)/assistant index build
	@$(BIN)/assistant serve

test: install-test
	$(BIN)/python -m pytest

check: install-test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: install-test
	$(BIN)/python -m benchmarks

widget: $(ESBUILD)
	@PATH="$(CURDIR)/node_modules/.bin:$$PATH" .ci/widget

# Where the esbuild is that builds the same bytes each time.
esbuild: $(ESBUILD)
	@echo $(ESBUILD)

$(ESBUILD): .ci/widget
	@npm install --silent --no-save --no-package-lock --no-audit --no-fund \
	  "$$(grep -o 'esbuild@[0-9.]*' .ci/widget)" >/dev/null
	@touch $@

install: .venv/installed
install-test: .venv/installed-test

.venv/bin/python:
	$(PYTHON) -m venv .venv

# A machine without an NVIDIA GPU must not fetch CUDA. Linux wheels of torch on the package index carry it, so the
# CPU build is asked for by name first, then from PyTorch's own index; with a GPU, and on macOS, the plain pin is right.
.venv/torch: | .venv/bin/python
	@if [ "$$(uname -s)" = Linux ] && ! command -v nvidia-smi >/dev/null 2>&1; then \
	  $(BIN)/pip install --quiet --disable-pip-version-check "$(TORCH)+cpu" 2>/dev/null || \
	  $(BIN)/pip install --quiet --disable-pip-version-check "$(TORCH)" --index-url $(CPU_WHEELS); \
	else \
	  $(BIN)/pip install --quiet --disable-pip-version-check "$(TORCH)"; \
	fi
	@touch $@

.venv/installed: pyproject.toml constraints.txt | .venv/torch
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

.venv/installed-test: .venv/installed
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[test]"
	@touch $@

clean:
	rm -rf .venv var
