# Toile: one line for each thing that people do. A bare clone needs only Python 3.11 or later and make.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do $$p -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
RUN := .venv/.run-ready
DEV := .venv/.dev-ready
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input -q install
PYTEST := $(BIN)/python -m pytest
unexport PYTHONDONTWRITEBYTECODE  # compiled once: a node starts faster, and tests start many

.PHONY: node demo quick test bench chaos check fix migrations translations release lock venv clean

node: $(RUN)          ## prepare and serve one node at http://localhost:8000
	@exec $(BIN)/python manage.py node $(if $(PORT),--port $(PORT))

demo: $(RUN)          ## two nodes with a believable collective, on 8001 and 8002
	@exec $(BIN)/python manage.py demo

quick: $(DEV)         ## the rules alone: no database, under ten seconds
	$(PYTEST) -n 2 -p no:django -p no:asyncio --noconftest -W ignore -m "not slow" $(wildcard network/rules governance/rules federation/rules tests/*/rules)

test: $(DEV)          ## everything: on SQLite, on PostgreSQL with Redis, then processes and browser
	$(PYTEST) -n 2 --dist loadfile -m "not browser and not processes"
	TOILE_TEST_DATABASE=postgresql $(PYTEST) -n 2 --dist loadfile -m "not browser and not processes" --ignore-glob='tests/*/rules' tests
	$(PYTEST) -n 2 --dist loadfile -m "browser or processes" tests

bench: $(DEV)         ## speed, as ratios against a reference in the same run: make bench ONLY=search SIZE=100000
	$(BIN)/python -m tests.bench $(if $(ONLY),--only $(ONLY)) $(if $(SIZE),--size $(SIZE))

chaos: $(DEV)         ## processes killed and cut off while they work
	$(PYTEST) -s $(if $(ONLY),tests/chaos/test_$(ONLY).py,tests/chaos)

check: $(DEV)         ## format, lint, types, imports, migrations, templates, translations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy network governance federation frontend deploy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.check

fix: $(DEV)           ## what can be corrected by itself
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

migrations: $(DEV)    ## write the migrations that the models ask for
	$(BIN)/python manage.py makemigrations network governance federation

translations: $(DEV)  ## bring the sentences of code and templates into frontend/locale
	$(BIN)/python -m tests.check --update-translations

release: $(DEV)       ## source archive and wheel in build/
	$(BIN)/python -m build --outdir build/dist .

lock: $(DEV)          ## exact versions with hashes, without addresses of registries
	$(BIN)/pip-compile -q --upgrade --strip-extras --generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links -o requirements.txt requirements.in
	$(BIN)/pip-compile -q --upgrade --strip-extras --allow-unsafe --generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links -o requirements-dev.txt requirements-dev.in

venv: $(DEV)          ## the virtual environment, with what checks and tests need

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Toile needs Python 3.11 or later (with venv). Install it, or say which: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "A virtual environment could not be made: on Debian, apt-get install python3-venv."; exit 1; }

$(RUN): requirements.txt | $(BIN)/python
	@echo "Installing what Toile needs (the first time only)…"
	@$(PIP) --require-hashes -r requirements.txt
	@touch $@

$(DEV): requirements-dev.txt $(RUN)
	@echo "Installing what tests and checks need (the first time only)…"
	@$(PIP) --require-hashes -r requirements-dev.txt
	@touch $@

clean:                ## remove what can be made again (never data)
	rm -rf .venv build .pytest_cache .ruff_cache .mypy_cache .hypothesis .import_linter_cache
