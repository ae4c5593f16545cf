# Everything here can also be done without make: see "Windows, or no make" in README.md.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: help setup report test lab bench student lock clean
help:
	@echo "make report   set everything up and make the report on the sample company"
	@echo "make test     pass every test"
	@echo "make lab      open the notebooks in JupyterLab"
	@echo "make student  make the students' edition in student/: data without truth, the notebooks as a course"
	@echo "make bench    measure every speed claim and rewrite benchmarks/RESULTS.md"
	@echo "make setup    the environment alone        make lock   renew requirements.lock (needs uv)"

setup: $(VENV)/.ready

$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "relops needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V 2>&1). Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 2; }
	@echo "Setting up $(VENV) (one to three minutes, once) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

report: setup
	@$(BIN)/python -m relops report

test: setup
	@$(BIN)/python -m relops selftest

lab: setup
	@$(BIN)/python -m relops lab

student: setup
	@$(BIN)/python -m relops student $(or $(OUT),student)

bench: setup
	@$(BIN)/python -m benchmarks

lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
	  --no-header --extra test pyproject.toml -o requirements.lock

clean:
	rm -rf $(VENV) dist build *.egg-info
