# Everything here needs Python 3.11 or newer and make; the first target run does the set-up by itself.

VENV    := .venv
BIN     := $(VENV)/bin
STAMP   := $(VENV)/.installed
# One more than there are processors: some tests wait for a browser or a process.
WORKERS ?= 3
# Tried in this order, unless PYTHON names one.
PYTHONS := python3 python3.14 python3.13 python3.12 python3.11
# The catalogues that `make messages` keeps in step with the source strings.
LANGUAGES ?= ar es fr
CATALOGUE := ui/locale/rochdale

# Arguments for the program behind a target: make demo ARGS="--coops 2", make test ARGS="-k proofs".
ARGS ?=

# Keep what Python compiled, even where the surroundings say otherwise: tests and demo start dozens of
# processes, and each would compile all modules anew.
unexport PYTHONDONTWRITEBYTECODE

OFFLINE = { echo "Not all of it could be fetched: the reason is above. It needs PyPI. Type the same again, and it goes on from here." >&2; exit 1; }

.PHONY: help setup demo test long check bench soak messages lock clean

help:
	@echo "make demo      start a small federation of coops on this computer"
	@echo "make test      run every test this machine can run, but for the long ones"
	@echo "make check     lint, format, types, and who may import whom"
	@echo "make bench     measure, and write docs/benchmarks.md"
	@echo "make long      the tests that take longest: attacks, kills, the demo, journeys by phone"
	@echo "make soak      for hours, by hand alone: many seeds of each fault, guards taken out, federations in processes"
	@echo "make messages  bring the translation catalogues in step with the source"
	@echo "make lock      write the installed versions to requirements.lock"
	@echo "make clean     remove what tools and tests left behind"

setup: $(STAMP)
	@:

$(STAMP): pyproject.toml requirements.lock
	@for python in $(or $(PYTHON),$(PYTHONS)); do \
	  $$python -c 'import sys; sys.exit(sys.version_info < (3, 11) or sys.maxsize < 2**32)' 2>/dev/null || continue; \
	  echo "Setting up $(VENV) with $$($$python --version); the first time takes a minute or two."; \
	  exec $$python -m venv $(VENV); \
	done; \
	echo "Rochdale needs a 64-bit Python 3.11 or newer, and none of these is: $(or $(PYTHON),$(PYTHONS))." >&2; \
	echo "Install one, or say where it is: make setup PYTHON=/path/to/python3" >&2; \
	exit 1
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade --constraint requirements.lock "pip>=25.1" || $(OFFLINE)
	@echo "Fetching $$(grep -c '==' requirements.lock) packages into it, without a word until they are there."
	@# Setuptools warns of every editable install with packages at the root; ours is meant so.
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --constraint requirements.lock --editable . --group dev || $(OFFLINE)
	@touch $@

demo: setup
	@$(BIN)/rochdale demo $(ARGS)

test: setup
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --hold-to-required $(ARGS)

long: setup
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m "long and not soak" $(ARGS)

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

bench: setup
	@$(BIN)/python -m tests.benchmarks --record $(ARGS)

soak: setup
	@$(BIN)/python -m pytest -n $(WORKERS) -m "soak or hypothesis" --timeout 3600 --hypothesis-profile soak $(ARGS)

messages: setup
	@$(BIN)/pybabel --quiet extract --mapping-file pyproject.toml --add-location file --sort-by-file \
	  --project Rochdale --copyright-holder "the contributors to Rochdale" --output $(CATALOGUE).pot \
	  protocol federation node ui
	@for language in $(LANGUAGES); do \
	  $(BIN)/pybabel --quiet update --init-missing --ignore-pot-creation-date --ignore-obsolete --no-fuzzy-matching --domain rochdale \
	    --input-file $(CATALOGUE).pot --output-dir ui/locale --locale $$language || exit 1; \
	done
	@$(BIN)/pybabel compile --statistics --domain rochdale --directory ui/locale

lock: setup
	@$(BIN)/python -m pip install --quiet --group interop
	@{ sed -n '/^#/p' requirements.lock; $(BIN)/python -m pip freeze --exclude-editable; } > requirements.lock.new
	@mv requirements.lock.new requirements.lock && touch $(STAMP)

clean:
	@rm -rf build dist *.egg-info .ruff_cache .mypy_cache .import_linter_cache .hypothesis tests/interop/fedify/node_modules
	@find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +
