# make lab: study · make test: check everything · make outputs: run the notebooks and write their outputs back
# Each installs what it needs into .venv the first time. Another Python: make lab PYTHON=python3.13
PYTHON ?= python3
BIN := .venv/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
GRADING := $(subst .venv,.venv-grading,$(BIN))
# A Python that was named, here or in the environment, must be the one of .venv; python3 only has to be able to make it.
OWN := $(if $(filter-out file,$(origin PYTHON)),--own-python)
define install
@command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON). Name a Python that you have, 3.11 or newer: make $@ PYTHON=python3.13"; exit 1; }
@$(PYTHON) study.py install $(1) $(OWN)
endef

.PHONY: lab test test-thorough test-browser test-teach slides handouts student matrix mutants outputs check-outputs lint \
	benchmark benchmark-explorers benchmark-class clean

lab:
	$(call install,test)
	@$(PYTHON) study.py

test:
	$(call install,test)
	$(BIN)/python -m pytest

test-thorough:
	$(call install,test)
	$(BIN)/python -m pytest tests/thorough

test-browser:
	$(call install,browser)
	$(BIN)/python -m teach.assets
	$(BIN)/python -m pytest tests/browser

test-teach:
	$(call install,teach)
	$(call install,grading)
	$(BIN)/python -m teach.assets
	$(BIN)/python -m pytest tests/teach
	$(GRADING)/python -m pytest tests/grading

slides handouts student:
	$(call install,teach)
	$(BIN)/python -m teach.build $@

outputs:
	$(call install,test)
	$(BIN)/python -m tools.outputs

check-outputs:
	$(call install,test)
	$(BIN)/python -m tools.outputs --check

matrix:
	$(PYTHON) -m tools.matrix

mutants:
	$(call install,mutants)
	$(BIN)/python -m tools.mutants

lint:
	$(call install,test)
	$(BIN)/ruff check

benchmark:
	$(call install,test)
	$(BIN)/python -m tools.benchmark

benchmark-explorers:
	$(call install,browser)
	$(BIN)/python -m tools.benchmark_explorers

benchmark-class:
	$(call install,class)
	$(BIN)/python -m tools.benchmark_class

clean:
	rm -rf .venv .venv-grading build mutants
