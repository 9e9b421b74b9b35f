# make setup      create .venv with the tested versions
# make demo       phantom plans -> network dose and fluence -> DICOM and reports, in a new folder under out/
# make test       run the tests that take less than two seconds each: what to run while working
# make test-all   run every test, as continuous integration does
# make lint       style and types
# make docs       the documentation as a site that opens from the disk: out/site/index.html
# make bench      timings of this machine
#
# As root on Debian, tests also install Mono and the other programs that they use.
#
# PYTHON chooses the interpreter (3.11 or 3.12); TORCH_FLAGS is passed to pip when it installs torch, for example to name an
# index that carries the CPU build.

# TEST_FLAGS lets tests run side by side, in one process more than cores; empty, they run one after the other. Tests of one file, and of the folders in SHARING (tests/conftest.py), share what they make.
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || echo python3)
TORCH_FLAGS ?=
TEST_FLAGS ?= --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

BIN := .venv/bin
STAMP := .venv/.installed

.PHONY: setup demo test test-all lint docs bench

setup: $(STAMP)

# Varian's Python client, for a test of the mock, names pywin32 among what it needs, which there is for Windows only.
# The stamp repeats the installation only when what is to be installed changed.
$(STAMP): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet $(TORCH_FLAGS) --constraint constraints.txt torch
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[train,dev,docs,eclipse,cluster,node]'
	$(BIN)/python -m pip install --quiet --no-deps pyesapi==0.2.5
	touch $@

demo: $(STAMP)
	$(BIN)/esapi-bridge demo

test: $(STAMP)
	@tests/system-packages.sh
	$(BIN)/python -m pytest $(TEST_FLAGS) -m 'not slow'

test-all: $(STAMP)
	@tests/system-packages.sh
	$(BIN)/python -m pytest $(TEST_FLAGS)

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy --package tests
	$(BIN)/mypy --platform win32

docs: $(STAMP)
	$(BIN)/python -m tests.docs.command_reference
	$(BIN)/python -m tests.docs.trap_table
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --config-file .mkdocs.yml

bench: $(STAMP)
	$(BIN)/python tests/benchmarks/run.py
	$(BIN)/python -m tests.benchmarks.dose_speed
	$(BIN)/python -m tests.benchmarks.dose_speed --busy
