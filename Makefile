# make lab: study · make model: fetch the language model of notebook 10 · make torch: install PyTorch for notebook 12
# make test: check everything · make outputs: run the notebooks and write their outputs back
# study.py installs what each needs into .venv the first time. Another Python: make lab PYTHON=python3.13
PYTHON ?= python3
unexport PYTHONHOME PYTHONPATH
BIN := .venv/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
GRADING := $(subst .venv,.venv-grading,$(BIN))
# A Python that was named, here or in the environment, must be the one of .venv; python3 only has to be able to make it.
THIS := $(if $(filter-out file,$(origin PYTHON)),--this-python)
define study
@command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON). Name one that you have, 3.11 or newer: make $@ PYTHON=python3.13"; exit 1; }
@$(PYTHON) study.py $(1) $(THIS)
endef

.PHONY: lab model torch test test-thorough test-browser test-engines test-teach test-site slides handouts student beliefs site matrix \
	mutants outputs check-outputs lint benchmark benchmark-explorers benchmark-class clean

lab:
	$(call study)

model torch:
	$(call study,$@)

test:
	$(call study,install test)
	$(BIN)/python -m pytest

test-thorough:
	$(call study,install test)
	$(BIN)/python -m pytest tests/thorough tests/model tests/torch

test-browser:
	$(call study,install browser)
	$(BIN)/python -m teach.assets
	$(BIN)/python -m pytest tests/browser

# Chromium whole, and then Firefox and WebKit: all, or one lesson in Jupyter alone, as in make test-engines LESSON=05_masking
test-engines: test-browser test-site
	$(BIN)/python -m pytest tests/browser $(if $(LESSON),-k $(LESSON),tests/site) --engine firefox
	$(BIN)/python -m pytest tests/browser $(if $(LESSON),-k $(LESSON),tests/site) --engine webkit

test-teach:
	$(call study,install teach)
	$(call study,install grading)
	$(BIN)/python -m teach.assets
	$(BIN)/python -m pytest tests/teach
	$(GRADING)/python -m pytest tests/grading

slides handouts student:
	$(call study,install teach)
	$(BIN)/python -m teach.build $@ $(if $(SEED),--seed "$(SEED)")

beliefs:
	$(call study,install test)
	@$(BIN)/python -m teach.beliefs $(if $(FOLDER),"$(FOLDER)") $(if $(NAMES),--names)

site:
	$(call study,install site)
	$(BIN)/python -m tools.site

test-site:
	$(call study,install browser)
	$(call study,install site)
	$(BIN)/python -m teach.assets
	$(BIN)/python -m pytest tests/site

outputs:
	$(call study,install test)
	$(BIN)/python -m tools.outputs

check-outputs:
	$(call study,install test)
	$(BIN)/python -m tools.outputs --check

matrix:
	$(PYTHON) -m tools.matrix

mutants:
	$(call study,install mutants)
	$(BIN)/python -m tools.mutants

lint:
	$(call study,install test)
	$(BIN)/ruff check

benchmark:
	$(call study,install test)
	$(BIN)/python -m tools.benchmark

benchmark-explorers:
	$(call study,install browser)
	$(BIN)/python -m tools.benchmark_explorers

benchmark-class:
	$(call study,install class)
	$(BIN)/python -m tools.benchmark_class

clean:
	rm -rf .venv* build mutants
