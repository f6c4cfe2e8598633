# Every target makes the virtual environments it needs, once, under .venv/. Nothing is written outside this folder and
# the temporary one.

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
ifeq ($(PYTHON),)
$(error Python 3.11 or newer is needed: make PYTHON=/path/to/python ...)
endif

VENV := $(CURDIR)/.venv
DEV := PYTHONPATH=$(CURDIR)/src $(VENV)/dev/bin/python
ENVIRONMENTS := $(PYTHON) scripts/environment.py

# cfn-lint 1.41 runs SAM's transform before the rules, so it knows no line of Transform, and W9008 is at a declaration.
LINE_OF_TRANSFORM := tests/cfnlint_rules/test_rules.py::test_a_template_that_does_not_call_the_macro_is_reported

export PIP_CACHE_DIR := $(CURDIR)/.cache/pip
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# pip asks rustc, where there is one, for its version, and rustc writes to its home.
export RUSTUP_HOME := $(CURDIR)/.cache/rustup
export SAM_CLI_TELEMETRY := 0
export __SAM_CLI_APP_DIR := $(CURDIR)/.cache/sam

.DEFAULT_GOAL := help
.PHONY: help demo test test-fast claims test-oldest fuzz lint check-template preflight bench build explorer package release sbom audit docs site goldens lock catalog watch clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: ## deploy the macro and an example to an AWS on this machine
	@$(ENVIRONMENTS) dev sam aws
	@$(DEV) -m tests.support.demo

test: ## run the tests
	@$(ENVIRONMENTS) dev sam aws checkov site
	@$(DEV) -m pytest -n 2

test-fast: ## run the tests that need no AWS on this machine
	@$(ENVIRONMENTS) dev site
	@$(DEV) -m pytest -n 2 -m "not e2e"

test-oldest: ## run the command line's tests with the oldest libraries that pyproject.toml allows
	@$(ENVIRONMENTS) oldest
	@PYTHONPATH=$(CURDIR)/src $(VENV)/oldest/bin/python -m pytest -n 2 tests/cli tests/cfnlint_rules \
	  --deselect $(LINE_OF_TRANSFORM)

fuzz: ## try odd events, requests and texts: FUZZ_ROUNDS of each, with the chance of FUZZ_SEED
	@$(ENVIRONMENTS) dev
	@FUZZ_ROUNDS=$${FUZZ_ROUNDS:-20000} FUZZ_SEED=$${FUZZ_SEED:-0} $(DEV) -m pytest -n 2 --show-capture=no tests/fuzz

claims: ## run the tests that docs/security.md names
	@$(ENVIRONMENTS) dev sam aws
	@$(DEV) scripts/claims.py

lint: ## check style and types
	@$(ENVIRONMENTS) dev
	@$(DEV) -m ruff check .
	@$(DEV) -m ruff format --check .
	@$(DEV) -m mypy src tests scripts benchmarks hatch_build.py

check-template: ## check the SAM template
	@$(ENVIRONMENTS) dev sam checkov
	@$(VENV)/dev/bin/cfn-lint template.yaml deploy/stack-set-execution-role.yaml
	@$(DEV) scripts/validate_template.py template.yaml \
	  PermissionsBoundary=arn:aws:iam::111122223333:policy/boundary \
	  KmsKeyArn=arn:aws:kms:us-east-1:111122223333:key/00000000-0000-0000-0000-000000000000 \
	  AlarmTopicArn=arn:aws:sns:us-east-1:111122223333:alarms
	@$(VENV)/sam/bin/sam validate --lint --region us-east-1
	@CKV_SKIP_PACKAGE_UPDATE_CHECK=true HOME=$(CURDIR)/.cache $(VENV)/checkov/bin/checkov --file template.yaml --quiet --compact --skip-download

bench: build ## measure
	@$(ENVIRONMENTS) dev aws
	@$(DEV) -m benchmarks

build: ## build what `sam deploy` uploads
	@$(ENVIRONMENTS) sam
	@PYTHON=$(VENV)/sam/bin/python $(VENV)/sam/bin/sam build

package: build ## build everything that a release holds, into dist/
	@$(ENVIRONMENTS) dev
	@$(DEV) scripts/release.py

release: ## as package, unless something keeps it from being a release
	@$(ENVIRONMENTS) dev
	@$(DEV) scripts/release.py --check
	@$(MAKE) --no-print-directory package

sbom: ## print what the functions' code contains, in CycloneDX
	@$(ENVIRONMENTS) dev
	@$(DEV) scripts/sbom.py

audit: ## look up known vulnerabilities of everything that is pinned
	@$(ENVIRONMENTS) audit
	@$(VENV)/audit/bin/python scripts/audit.py $(AUDIT)

docs: ## write the pages that are made from data, and what the commands in pages print, anew
	@$(ENVIRONMENTS) dev
	@$(DEV) scripts/reference.py
	@$(DEV) -m scripts.page_code

explorer: ## write the page of all models, build/explorer.html
	@$(ENVIRONMENTS) dev
	@$(DEV) scripts/explorer.py

site: ## build the documentation site into site/
	@$(ENVIRONMENTS) dev site
	@$(DEV) -m scripts.site_pages site

preflight: ## check what comes out with the rules of cdk-preflight, which are downloaded
	@$(ENVIRONMENTS) dev
	@$(DEV) -m scripts.preflight

goldens: ## write every processed template of tests/golden anew
	@$(ENVIRONMENTS) dev
	@$(DEV) -m tests.support.goldens

catalog: ## bring the catalog of models up to date from public packages
	@$(ENVIRONMENTS) dev
	@$(DEV) -m scripts.catalog
	@$(PYTHON) scripts/reference.py

watch: ## show what AWS changed in the texts that the policies rest on
	@$(ENVIRONMENTS) dev
	@$(DEV) -m scripts.watch

lock: ## pin the newest versions again
	@$(ENVIRONMENTS) lock
	@$(VENV)/lock/bin/python scripts/lock.py

clean: ## remove everything that was made
	@rm -rf .venv .cache .aws-sam .pytest_cache .mypy_cache .ruff_cache .hypothesis .benchmarks .coverage build dist site
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
