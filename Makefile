# make lab: study · make test: check everything · make outputs: run the notebooks and write their outputs back
# Each installs what it needs into .venv the first time. Another Python: make lab PYTHON=python3.13
PYTHON ?= python3
BIN := .venv/$(if $(filter Windows_NT,$(OS)),Scripts,bin)

.PHONY: lab test test-thorough test-browser test-teach slides handouts student matrix mutants outputs check-outputs lint \
	benchmark benchmark-explorers benchmark-class clean

lab: .venv/installed
	$(BIN)/jupyter lab notebooks/00_attention_on_paper.ipynb

test: .venv/installed
	$(BIN)/python -m pytest

test-thorough: .venv/installed
	$(BIN)/python -m pytest tests/thorough

test-browser: .venv/browser
	$(BIN)/python -m pytest tests/browser

test-teach: .venv/teach
	$(BIN)/python -m pytest tests/teach

slides handouts student: .venv/teach
	$(BIN)/python -m teach.build $@

outputs: .venv/installed
	$(BIN)/python tests/outputs.py

check-outputs: .venv/installed
	$(BIN)/python tests/outputs.py --check

matrix:
	$(PYTHON) tests/matrix.py

mutants: .venv/mutants
	$(BIN)/python -m tests.mutants

lint: .venv/installed
	$(BIN)/ruff check

benchmark: .venv/installed
	$(BIN)/python tests/benchmark.py

benchmark-explorers: .venv/browser
	$(BIN)/python -m tests.browser.benchmark

benchmark-class: .venv/class
	$(BIN)/python -m teach.load

clean:
	rm -rf .venv build mutants

.venv/installed: pyproject.toml requirements.txt
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11))" 2>/dev/null || { echo "$(TOO_OLD)"; exit 1; }
	@$(PYTHON) -c "import venv, ensurepip" 2>/dev/null || { echo "$(NO_VENV)"; exit 1; }
	@echo "Installing the course into .venv; this takes a minute or two."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.txt
	@touch $@

.venv/browser: .venv/installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .[test,browser]
	@$(BIN)/python -m teach.assets
	@touch $@

.venv/teach: .venv/installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .[test,teach]
	@$(BIN)/python -m teach.assets
	@touch $@

.venv/class: .venv/installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .[test,class]
	@touch $@

.venv/mutants: .venv/installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .[test,mutants]
	@touch $@

TOO_OLD = The course needs Python 3.11 or newer, and $(PYTHON) is $$($(PYTHON) --version 2>&1 | grep Python || echo not there). \
	Install one from python.org, or name one that you have: make $(or $(MAKECMDGOALS),lab) PYTHON=python3.13
NO_VENV = $(PYTHON) cannot make virtual environments. \
	On Debian and Ubuntu run: sudo apt install python3-venv. Or name another Python: make $(or $(MAKECMDGOALS),lab) PYTHON=python3.13
