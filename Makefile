# Commands for everyday work. A fresh clone needs only Python 3.11 and make.
PYTHON ?= $(shell command -v python3.11 || echo python3)
# One virtual environment per lock file (.venv/local, .venv/dev ...), so that no command depends on packages that only
# another lock installs. With PYTHON=python3.13 they are in .venv/python3.13/.
VENV := .venv$(if $(filter command environment,$(origin PYTHON)),/$(notdir $(PYTHON)))
# The environment with the newest Django.
CANARY := .venv/canary
CANARY_PYTHON = $(shell for each in python3.14 python3.13 python3.12; do \
  $$each -c "import venv" 2> /dev/null && echo $$each && break; done)
# Later locks include earlier ones, so the order matters.
LOCKS := production local demo dashboard dev lambda deploy bench mutants
USED := local demo dashboard dev lambda deploy bench mutants
# Python compiles what is imported; compiling all that is installed would take half of the installation's time.
PIP_OPTIONS := --quiet --disable-pip-version-check --no-compile
unexport PYTHONDONTWRITEBYTECODE # without bytecode every process would compile it all again
STAGE ?= prod

.DEFAULT_GOAL := help
.PHONY: help run demo dashboard test check quick canary mutants lint environments audit bench screenshots dynamodb-local package rehearse provision deploy dry-run manage rollback backfill undeploy lock messages clean axe-core nextjs openid-clients

help: ## list these commands
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST)

# A single simple command, which make runs without a shell, so that signals reach the site.
run: $(VENV)/local/installed ## start the site and the embedded AWS; PORT=8000 AWS_PORT=5050
	@$(VENV)/local/bin/python manage.py runlocal

demo: $(VENV)/demo/installed ## start the site and two applications that sign people in with it; PORT=8000 and the next two
	@$(VENV)/demo/bin/python -m examples.demo

dashboard: $(VENV)/dashboard/installed ## start the Streamlit view; OTP_API_URL=http://127.0.0.1:8000/otp DASHBOARD_PORT=8501
	@$(VENV)/dashboard/bin/python -m streamlit run dashboard/page/app.py --server.port $(or $(DASHBOARD_PORT),8501)

test: $(VENV)/dev/installed ## run all tests but those of `make rehearse`, on all cores; ARGS="-k name" picks some
	@$(VENV)/dev/bin/python -m pytest --numprocesses=auto --dist=worksteal --ignore=tests/lambda $(ARGS)

check: $(VENV)/dev/installed ## run before each commit: `make lint` and the quick tests, in less than a minute
	@$(MAKE) --no-print-directory --jobs=2 lint quick

# Without the tests that need a browser, Java or gettext, and without the slowest ones.
quick: $(VENV)/dev/installed
	@$(VENV)/dev/bin/python -m pytest --numprocesses=auto --dist=worksteal --quiet -p no:schemathesis \
	  $(patsubst %,--ignore=tests/%,lambda e2e contract) \
	  -m "not (browser or dynamodb_local or gettext or contract or thorough or slow)" $(ARGS)

canary: ## test with the newest Django, if Python 3.12 or newer is installed; CANARY_PYTHON=/path/to/it
	@$(if $(CANARY_PYTHON),$(MAKE) --no-print-directory $(CANARY)/installed,echo "Nothing was run: the newest Django \
	  needs Python 3.12 or newer, and none is installed.")
	@$(if $(CANARY_PYTHON),$(CANARY)/bin/python -m pytest --numprocesses=auto --dist=worksteal $(ARGS) \
	  $(patsubst %,tests/%,dynamo admin delivery pages signin api accounts tokens stats local))

mutants: $(VENV)/mutants/installed ## mutation tests: change the code of the sign-in, and see if a test fails; ARGS="--sample 100 --seed 1"
	@$(VENV)/mutants/bin/python -m mutants $(ARGS)

lint: $(VENV)/dev/installed ## check style, types, the import contracts, and security with bandit
	@$(VENV)/dev/bin/ruff check .
	@$(VENV)/dev/bin/ruff format --check .
	@$(VENV)/dev/bin/mypy
	@$(VENV)/dev/bin/lint-imports --no-logo
	@$(VENV)/dev/bin/bandit --quiet --recursive --severity-level medium otp otpsite manage.py

environments: $(USED:%=$(VENV)/%/installed) ## check that each lock installs everything that its commands import or run
	@for name in $(USED); do $(VENV)/$$name/bin/python -m tests.support.imports $$name || exit; done

# Not part of CI: the public database needs a network, and its content changes.
audit: $(VENV)/dev/installed ## look for known vulnerabilities of the pinned packages; needs the internet
	@$(VENV)/dev/bin/uv tool run pip-audit@2.10.1 --require-hashes --disable-pip --requirement requirements/lambda.txt

screenshots: $(VENV)/dev/installed ## take a picture of every page and state into build/screenshots/, and the README's; needs Chromium
	@CI_TIERS=required $(VENV)/dev/bin/python -m pytest -q -p no:cacheprovider tests/e2e/screenshots.py
	@echo "Look at build/screenshots/index.html and docs/images/"

dynamodb-local: build/dynamodb-local/DynamoDBLocal.jar ## download Amazon's DynamoDB Local for the tests that need it; needs npm

axe-core: build/axe-core/axe.min.js ## download axe-core for the accessibility tests; needs npm

openid-clients: build/openid-clients/node_modules/.package-lock.json ## download OpenID clients for the tests of the provider; needs npm

nextjs: build/nextjs/node_modules/.package-lock.json ## download Next.js for the test of its example; needs npm

bench: $(VENV)/bench/installed dynamodb-local ## compare with other implementations; writes build/bench.json; ARGS="cpu cold" runs parts
	@$(VENV)/bench/bin/python -W ignore -m bench $(ARGS)

package: $(VENV)/deploy/installed ## build the zip for Lambda; LEAN=1 leaves out the libraries for tokens and SMS
	@$(VENV)/deploy/bin/python -m deploy.package $(STAGE) $(if $(LEAN),--lean)

rehearse: $(VENV)/deploy/installed dynamodb-local ## test the zip, its deployment and its cold start on this machine
	@$(VENV)/deploy/bin/python -m deploy.package $(STAGE) --rehearsal
	@CI_TIERS=required $(VENV)/deploy/bin/python -m pytest --quiet --numprocesses=auto --dist=worksteal tests/lambda

provision: $(VENV)/deploy/installed ## create role, logs, sender, topics and alarms in your AWS account; STAGE=prod
	@mkdir -p build
	@$(VENV)/deploy/bin/python -m deploy.stack $(STAGE) > build/stack.json
	@$(VENV)/deploy/bin/cfn-lint build/stack.json
	@$(VENV)/deploy/bin/python -m deploy.release $(STAGE) --provision

deploy: package ## package, create tables, deploy or update, and check the deployed site; STAGE=prod
	@$(VENV)/deploy/bin/python -m deploy.release $(STAGE)

dry-run: package ## print what make deploy would change
	@$(VENV)/deploy/bin/python -m deploy.stack $(STAGE) > build/stack.json
	@$(VENV)/deploy/bin/python -m deploy.release $(STAGE) --dry-run

manage: $(VENV)/deploy/installed ## run a management command on the deployed function; ARGS="staff add you@otp.example --superuser"
	@$(VENV)/deploy/bin/python -m deploy.manage $(STAGE) $(ARGS)

rollback: $(VENV)/deploy/installed ## deploy the code of the version before again; VERSIONS=2 goes back further
	@$(VENV)/deploy/bin/python -m deploy.release $(STAGE) --rollback $(or $(VERSIONS),1)

backfill: $(VENV)/deploy/installed ## fill a new field in the items that were stored before; MODEL=otp.Account
	@$(VENV)/deploy/bin/python -m deploy.release $(STAGE) --backfill $(MODEL)

undeploy: $(VENV)/deploy/installed ## delete the function and the gateway; tables, logs and role stay
	@$(VENV)/deploy/bin/python -m deploy.release $(STAGE) --undeploy

lock: $(VENV)/dev/installed ## pin the packages of requirements/*.in; ARGS=--upgrade takes newer versions
	@for name in $(LOCKS); do \
	  $(VENV)/dev/bin/uv pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes \
	    --no-header --no-emit-index-url --no-emit-find-links $(ARGS) \
	    requirements/$$name.in --output-file requirements/$$name.txt || exit; \
	done

messages: $(VENV)/dev/installed ## gather the texts to translate, and compile the translations; needs gettext
	@$(VENV)/dev/bin/python manage.py gather_messages
	@$(VENV)/dev/bin/python manage.py compilemessages --verbosity=0 --ignore=.venv

clean: ## delete the virtual environments and caches
	@rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache

# This npm package contains Amazon's jar.
build/dynamodb-local/DynamoDBLocal.jar:
	@mkdir -p $(@D)
	@cd $(@D) && npm pack --silent amplify-dynamodb-simulator@2.9.30 > /dev/null \
	  && tar -xzf amplify-*.tgz --strip-components=2 package/emulator && rm amplify-*.tgz

build/axe-core/axe.min.js:
	@mkdir -p $(@D)
	@cd $(@D) && npm pack --silent axe-core@4.14.1 > /dev/null \
	  && tar -xzf axe-core-*.tgz --strip-components=1 package/axe.min.js package/LICENSE && rm axe-core-*.tgz

build/openid-clients/node_modules/.package-lock.json: tests/oidc/clients/package-lock.json
	@mkdir -p build/openid-clients && cp tests/oidc/clients/package*.json build/openid-clients
	@cd build/openid-clients && npm ci --silent --no-audit --no-fund --ignore-scripts && touch node_modules/.package-lock.json

build/nextjs/node_modules/.package-lock.json: examples/nextjs/package-lock.json
	@mkdir -p build/nextjs && cp examples/nextjs/package*.json build/nextjs
	@cd build/nextjs && npm ci --silent --no-audit --no-fund && touch node_modules/.package-lock.json

# A stamp file per lock. If the lock is newer, the environment is made from scratch, so that no package of an earlier
# lock remains. Otherwise pip isn't started.
$(VENV)/%/installed: requirements/%.txt
	$(if $(call python_runs,import sys; assert sys.version_info >= (3, 11)),,$(error \
	  Python 3.11 or newer is needed: install it, or name it with PYTHON=/path/to/python3.11))
	$(if $(call python_runs,import ensurepip, venv),,$(error \
	  Python lacks its venv module: apt install python3-venv (or python3.11-venv)))
	@echo "Installing $< into $(@D) ..."
	@$(PYTHON) -m venv --clear $(@D)
	@$(@D)/bin/python -m pip install $(PIP_OPTIONS) --no-deps --require-hashes -r $<
	@touch $@

# The dev lock with a newer Django, to see what breaks before that Django is locked.
$(CANARY)/installed: requirements/dev.txt
	@echo "Installing $< and the newest Django into $(@D) ..."
	@$(CANARY_PYTHON) -m venv --clear $(@D)
	@$(@D)/bin/python -m pip install $(PIP_OPTIONS) --no-deps --require-hashes -r $<
	@$(@D)/bin/python -m pip install $(PIP_OPTIONS) --upgrade "django>=6.1"
	@touch $@

python_runs = $(shell $(PYTHON) -c '$(1)' 2>/dev/null && echo yes)
