# Everything that a newcomer or CI runs. Each target sets up what it needs; a second call is quick.
#
#   make demo    adapt a base to the samples, beside its rivals, and ask the result
#   make test    linters, types, layers, and the whole test suite
#   make lint    the first three only
#   make bench   measure against rivals (DATA=folder of labelled sets, SETS="set:strategy,...")
#   make docs    write the generated reference anew
#   make clean   remove what was set up
#
# TORCH_ARGS is passed on to pip where torch is installed: on Linux the ordinary torch carries
# gigabytes of GPU libraries, and this is where to name another index.

PYTHON ?= python3
TORCH_ARGS ?=
DATA ?= ../shared/data/classification
SETS ?= sst2:majority,classical,head,full sib200-fr:majority,classical,head,full
PAIRS ?= translation/multi30k-en-fr:copy,few-shot,lora summarisation/scitldr-a:lead,few-shot,lora
BASES := all-minilm-l6-v2 multilingual-e5-small
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: demo test lint bench docs clean bases

demo: .venv/ready bases
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh scripts/demo.sh

test: BASES += smollm2-135m-instruct
test: lint bases
	$(BIN)/python -m pytest -n 2 --dist loadscope

lint: .venv/ready
	$(BIN)/ruff check --no-cache .
	$(BIN)/ruff format --no-cache --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: BASES += smollm2-135m-instruct
bench: .venv/ready bases
	$(BIN)/python benchmarks/strategies.py $(DATA) $(SETS)
	$(BIN)/python benchmarks/head.py $(DATA)/sst2
	$(BIN)/python benchmarks/training.py $(DATA)/scicite
	$(BIN)/python benchmarks/predicting.py $(DATA)/scicite
	$(BIN)/python benchmarks/few_labels.py $(DATA) --draws 3
	$(BIN)/python benchmarks/prompting.py $(DATA) sst2 sib200-fr
	$(BIN)/python benchmarks/injections.py
	$(BIN)/python benchmarks/generation.py $(DATA)/.. $(PAIRS)
	$(BIN)/python benchmarks/decoding.py $(DATA)/../translation/multi30k-en-fr
	$(BIN)/python benchmarks/einvoices.py $(DATA)/../documents/factur-x-invoices
	$(BIN)/python benchmarks/invoices.py $(DATA)/../documents --sources text
	$(BIN)/python benchmarks/lines.py $(DATA)/../documents
	$(BIN)/python benchmarks/identity.py $(DATA)/../documents/identity-mrz
	$(BIN)/python benchmarks/accounts.py $(DATA)/../documents
	$(BIN)/python benchmarks/taxes.py $(DATA)/../documents
	$(BIN)/python benchmarks/payroll.py
	$(BIN)/python benchmarks/fuzzing.py
	$(BIN)/python benchmarks/reading_speed.py $(DATA)/../documents
	$(BIN)/python benchmarks/figures.py

docs: .venv/ready
	$(BIN)/python scripts/make_reference.py

bases: .venv/ready
	@for base in $(BASES); do $(BIN)/socle bases fetch $$base || exit 1; done

.venv/ready: constraints.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Socle needs Python 3.11 or newer; name one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || \
	  { rm -rf .venv; echo "The module venv is missing: install your system's python3-venv."; exit 1; }
	@echo "Setting up .venv (the first time only: some minutes)"
	@$(PIP) install --upgrade --constraint constraints.txt pip
	@$(PIP) install $(TORCH_ARGS) --constraint constraints.txt torch
	@$(PIP) install --constraint constraints.txt --group dev --editable .
	@touch $@

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache demo
