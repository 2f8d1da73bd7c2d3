# The commands of a working day. A fresh clone needs Python 3.11 and make, nothing else.
PYTHON ?= $(shell command -v python3.11 || echo python3)
# A virtual environment per lock, so that no command borrows what only another's lock brings: .venv/local, .venv/dev ...
# A Python that is named has environments of its own: .venv/python3.13/local ...
VENV := .venv$(if $(filter command environment,$(origin PYTHON)),/$(notdir $(PYTHON)))
# The newest Django's own environment.
CANARY := .venv/canary
CANARY_PYTHON = $(shell for each in python3.14 python3.13 python3.12; do \
  $$each -c "import venv" 2> /dev/null && echo $$each && break; done)
# Later locks build on earlier ones, so the order counts.
LOCKS := production local dashboard dev lambda deploy bench mutants
USED := local dashboard dev lambda deploy bench mutants
STAGE ?= prod

.DEFAULT_GOAL := help
.PHONY: help run dashboard test check canary mutants lint environments audit bench screenshots dynamodb-local package rehearse provision deploy dry-run manage undeploy lock messages clean axe-core

help: ## list these commands
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST)

# One simple command, so that make starts Python itself: a signal to make reaches the site.
run: $(VENV)/local/installed ## start the site and the embedded AWS; PORT=8000 AWS_PORT=5050
	@$(VENV)/local/bin/python manage.py runlocal

dashboard: $(VENV)/dashboard/installed ## start the Streamlit view; OTP_API_URL=http://127.0.0.1:8000/otp DASHBOARD_PORT=8501
	@$(VENV)/dashboard/bin/python -m streamlit run dashboard/page/dashboard.py --server.port $(or $(DASHBOARD_PORT),8501)

test: $(VENV)/dev/installed ## run all tests but those of `make rehearse`, on all cores; ARGS="-k name" picks some
	@$(VENV)/dev/bin/python -m pytest --numprocesses=auto --dist=worksteal --ignore=tests/lambda $(ARGS)

# What a browser, Java or gettext is needed for, and what takes longest, is left to `make test`.
check: lint ## what to run before each commit: `make lint` and the quick tests, in less than a minute
	@$(VENV)/dev/bin/python -m pytest --numprocesses=auto --dist=worksteal --ignore=tests/lambda --quiet \
	  -m "not (browser or dynamodb_local or gettext or contract or thorough or slow)" $(ARGS)

canary: ## run what stands on Django on the newest one, where Python 3.12 or newer is at hand; CANARY_PYTHON=/path/to/it
	@$(if $(CANARY_PYTHON),$(MAKE) --no-print-directory $(CANARY)/installed,echo "No Python 3.12 or newer is at hand, \
	  which the newest Django needs: nothing was run on it.")
	@$(if $(CANARY_PYTHON),$(CANARY)/bin/python -m pytest --numprocesses=auto --dist=worksteal $(ARGS) \
	  $(patsubst %,tests/%,dynamo admin delivery pages signin api accounts tokens stats local))

mutants: $(VENV)/mutants/installed ## change the sign-in's code in each place, and see whether a test fails; ARGS="--sample 100 --seed 1"
	@$(VENV)/mutants/bin/python -m mutants $(ARGS)

lint: $(VENV)/dev/installed ## check style, types, who imports whom and, by bandit, what is often unsafe
	@$(VENV)/dev/bin/ruff check .
	@$(VENV)/dev/bin/ruff format --check .
	@$(VENV)/dev/bin/mypy
	@$(VENV)/dev/bin/lint-imports --no-logo
	@$(VENV)/dev/bin/bandit --quiet --recursive --severity-level medium otp otpsite manage.py

environments: $(USED:%=$(VENV)/%/installed) ## prove that each lock brings all that its commands import or start
	@for name in $(USED); do $(VENV)/$$name/bin/python -m tests.support.imports $$name || exit; done

# It asks a public database, which changes without us and needs a network: so CI doesn't run it.
audit: $(VENV)/dev/installed ## look the pinned packages up among known vulnerabilities; needs the internet
	@$(VENV)/dev/bin/uv tool run pip-audit@2.10.1 --require-hashes --disable-pip --requirement requirements/lambda.txt

screenshots: $(VENV)/dev/installed ## take a picture of every page and state into build/screenshots/; needs Chromium
	@CI_TIERS=required $(VENV)/dev/bin/python -m pytest -q -p no:cacheprovider tests/e2e/screenshots.py
	@echo "Look at build/screenshots/index.html"

dynamodb-local: build/dynamodb-local/DynamoDBLocal.jar ## fetch Amazon's DynamoDB Local, for its tests; needs npm

axe-core: build/axe-core/axe.min.js ## fetch axe-core, which tests the pages' accessibility; needs npm

bench: $(VENV)/bench/installed dynamodb-local ## measure against others, into build/bench.json; ARGS="cpu cold" for some parts
	@$(VENV)/bench/bin/python -W ignore -m bench $(ARGS)

package: $(VENV)/deploy/installed ## build the zip for Lambda; LEAN=1 leaves the libraries of tokens and SMS out
	@$(VENV)/deploy/bin/python -m deploy.package $(STAGE) $(if $(LEAN),--lean)

rehearse: $(VENV)/deploy/installed ## run the zip, its deployment and its cold start as AWS would, all on this machine
	@for kind in --naive --lean ""; do $(VENV)/deploy/bin/python -m deploy.package $(STAGE) $$kind || exit; done
	@CI_TIERS=required $(VENV)/deploy/bin/python -m pytest -q tests/lambda

provision: $(VENV)/deploy/installed ## make role, logs, sender, topics and alarms in your AWS account; STAGE=prod
	@mkdir -p build
	@$(VENV)/deploy/bin/python -m deploy.stack $(STAGE) > build/stack.json
	@$(VENV)/deploy/bin/cfn-lint build/stack.json
	@$(VENV)/deploy/bin/python -m deploy.release $(STAGE) --provision

deploy: package ## package, make the tables, deploy or update, and look at the deployed site; STAGE=prod
	@$(VENV)/deploy/bin/python -m deploy.release $(STAGE)

dry-run: package ## say what make deploy would change, and change nothing
	@$(VENV)/deploy/bin/python -m deploy.stack $(STAGE) > build/stack.json
	@$(VENV)/deploy/bin/python -m deploy.release $(STAGE) --dry-run

manage: $(VENV)/deploy/installed ## run a management command on the deployed function; ARGS="staff add you@otp.example --superuser"
	@$(VENV)/deploy/bin/python -m deploy.manage $(STAGE) $(ARGS)

undeploy: $(VENV)/deploy/installed ## remove function and gateway; tables, logs and role stay
	@$(VENV)/deploy/bin/python -m deploy.release $(STAGE) --undeploy

lock: $(VENV)/dev/installed ## pin requirements/*.in again; ARGS=--upgrade for newer versions
	@for name in $(LOCKS); do \
	  $(VENV)/dev/bin/uv pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes \
	    --no-header --no-emit-index-url --no-emit-find-links $(ARGS) \
	    $$(ls requirements/$$name-overrides.txt 2>/dev/null | sed 's/^/--override=/') \
	    requirements/$$name.in --output-file requirements/$$name.txt || exit; \
	done

messages: $(VENV)/dev/installed ## gather what is to be translated, and compile what is; needs gettext
	@$(VENV)/dev/bin/python manage.py gather_messages
	@$(VENV)/dev/bin/python manage.py compilemessages --verbosity=0 --ignore=.venv

clean: ## remove the virtual environment and caches
	@rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache

# An npm package is how Amazon's jar comes through a package registry.
build/dynamodb-local/DynamoDBLocal.jar:
	@mkdir -p $(@D)
	@cd $(@D) && npm pack --silent amplify-dynamodb-simulator@2.9.30 > /dev/null \
	  && tar -xzf amplify-*.tgz --strip-components=2 package/emulator && rm amplify-*.tgz

build/axe-core/axe.min.js:
	@mkdir -p $(@D)
	@cd $(@D) && npm pack --silent axe-core@4.14.1 > /dev/null \
	  && tar -xzf axe-core-*.tgz --strip-components=1 package/axe.min.js package/LICENSE && rm axe-core-*.tgz

# A stamp per lock: while it is newer than the lock, pip isn't even started. An older one means an environment made anew,
# which holds nothing of what an earlier lock brought.
$(VENV)/%/installed: requirements/%.txt
	$(if $(call python_runs,import sys; assert sys.version_info >= (3, 11)),,$(error \
	  Python 3.11 or newer is needed: install it, or name it with PYTHON=/path/to/python3.11))
	$(if $(call python_runs,import ensurepip, venv),,$(error \
	  Python lacks its venv module: apt install python3-venv (or python3.11-venv)))
	@echo "Installing $< into $(@D) ..."
	@$(PYTHON) -m venv --clear $(@D)
	@$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $<
	@touch $@

# The lock, and then a Django that no lock has: what changes there is to be seen before it is locked.
$(CANARY)/installed: requirements/dev.txt
	@echo "Installing $< and the newest Django into $(@D) ..."
	@$(CANARY_PYTHON) -m venv --clear $(@D)
	@$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $<
	@$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --upgrade "django>=6.1"
	@touch $@

python_runs = $(shell $(PYTHON) -c '$(1)' 2>/dev/null && echo yes)
