# Needs Python 3.11 or later, make, Node, npm and Chromium (the last three for tests); brings
# everything else itself.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# Tests run in a process for each core, four at most; `make test WORKERS=0` runs them in one.
# tests/conftest.py says which stay together and in which order.
WORKERS := auto
PYTEST := $(BIN)/python -m pytest --numprocesses $(WORKERS) --maxprocesses 4 --dist loadgroup \
  --no-loadscope-reorder

# Tests start the command a thousand times: let it keep its bytecode, whatever the shell says.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo phoenix test fast slow coverage lint types schemas goldens sample pictures pages site clean

demo: $(VENV)/.runs
	@$(BIN)/tachikoma-telemetry demo

# Everything, each test once, the real OpenCode included (npm fetches it into .cache on first use).
# Checking types is one process, so the fast tests run beside it.
test: $(VENV)/.installed lint
	$(MAKE) --no-print-directory -j2 types coverage
	$(MAKE) --no-print-directory slow

# What to run while working: no real OpenCode, no browser, nothing slow.
FAST := -m "not opencode and not browser and not slow"
fast: $(VENV)/.installed
	$(PYTEST) $(FAST)

# What `fast` leaves out.
slow: $(VENV)/.installed
	$(PYTEST) -m "opencode or browser or slow"

# How much of the package the fast tests run, lines and branches; fails under the floor in
# pyproject.toml. Not all tests: measuring makes them half as slow again.
coverage: $(VENV)/.installed
	$(PYTEST) $(FAST) --cov

lint: $(VENV)/.installed
	$(BIN)/ruff check --no-cache .
	$(BIN)/ruff format --no-cache --check .

types: $(VENV)/.installed
	$(BIN)/mypy

# Update the generated files; the tests fail when they are not up to date.
schemas: $(VENV)/.installed
	for name in event journal report unified; do \
	  $(BIN)/tachikoma-telemetry schema $$name > schemas/$$name.schema.json; done

# A backend that shows what `export otlp` sends; its test runs where it is. 850 MB.
phoenix: .cache/phoenix/.installed
.cache/phoenix/.installed:
	$(PYTHON) -m venv .cache/phoenix
	.cache/phoenix/bin/python -m pip install --quiet --disable-pip-version-check --no-compile 'arize-phoenix>=20,<21'
	@touch $@

# Take over how the reports look now; read the diff of tests/golden before it is committed.
goldens: $(VENV)/.installed
	$(BIN)/python -m tests.goldens

# Write the month that the demo shows, from docs/example_project.py: when the store's layout changes.
sample: $(VENV)/.installed
	$(BIN)/python -m docs.make_sample

# Draw the README's pictures from the report on the sample; of the page, with Chromium.
pictures: $(VENV)/.installed
	$(BIN)/python -m docs.make_pictures

# Update the tables of docs/reports, the reference of the command line, the picture of the rooms, the
# README's table and what the commands of docs/decisions.md print.
pages: $(VENV)/.installed
	$(BIN)/python -m docs.make_rooms
	$(BIN)/python -m docs.make_cli
	$(BIN)/python -m docs.make_numbers
	$(BIN)/python -m docs.make_readme
	$(BIN)/python -m docs.make_decisions

# The documentation as a site, build/site/index.html. A link that leads nowhere is an error.
site: $(VENV)/.installed
	$(BIN)/python -m sphinx -q -W -n --keep-going -d build/doctrees docs build/site

clean:
	rm -rf $(VENV) .cache build *.egg-info

# What runs it, which is all that the demo needs …
$(VENV)/.runs: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make PYTHON=python3.11 …")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --editable .
	@touch $@

# … and what tests, checks and documents it.
$(VENV)/.installed: $(VENV)/.runs
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test,lint,docs]'
	@touch $@
