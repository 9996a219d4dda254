# Feedmill's everyday commands. `make help` lists them.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet

.DEFAULT_GOAL := help

help: ## show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 18

# The stamp files prevent a second set-up.
$(VENV)/.runtime: requirements/runtime.txt pyproject.toml
	test -x $(BIN)/python || requirements/venv.sh $(PYTHON) $(VENV)
	$(PIP) install --require-hashes -r requirements/runtime.txt
	$(PIP) install --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.runtime
	$(PIP) install --require-hashes -r requirements/dev.txt
	touch $@

$(VENV)/.acceptance: requirements/acceptance.txt $(VENV)/.dev
	$(PIP) install --require-hashes -r requirements/acceptance.txt
	touch $@

$(VENV)/.release: requirements/release.txt $(VENV)/.dev
	$(PIP) install --require-hashes -r requirements/release.txt
	touch $@

$(VENV)/.docs: requirements/docs.txt $(VENV)/.dev
	$(PIP) install --require-hashes -r requirements/docs.txt
	touch $@

install: $(VENV)/.runtime ## create .venv with the program
dev: $(VENV)/.dev ## create .venv with the program and the development tools

demo: $(VENV)/.runtime ## ingest the samples and serve their feeds at http://127.0.0.1:8000/
	$(BIN)/python seeds/demo.py

# The tests' folders lie in memory where 2 GB of it are free for files, and every started program
# finds its bytecode.
test test-slow: export TMPDIR := $(or $(shell test -w /dev/shm && df -Pk /dev/shm | \
    awk 'NR == 2 && $$4 > 2000000 { print "/dev/shm" }'),$(TMPDIR),/tmp)
test test-slow: export PYTHONDONTWRITEBYTECODE :=

test: $(VENV)/.dev ## run the test suite without the slow tests
	$(BIN)/python -m pytest -q -n 3 --dist worksteal

test-pythons: ## run the test suite with Python 3.13 and 3.14 in debootstrap roots (as root)
	tests/pythons.sh

test-wheel: $(VENV)/.dev ## install the wheel as a user does, with all that it requires, and try it
	rm -rf build/wheel
	$(BIN)/python -m hatchling build -t wheel -d build/wheel
	$(BIN)/python release/smoke.py build/wheel/*.whl

test-slow: $(VENV)/.dev ## run the slow tests: kills, full disks, restarts
	$(BIN)/python -m pytest -q -n 3 --dist worksteal -m slow

torture: $(VENV)/.dev ## kill the worker 500 times at every fault point; replay 1,000 folder histories
	$(BIN)/python -m pytest -q -m torture tests/torture tests/integration/service/test_crashes.py
	FEEDMILL_EXAMPLES=1000 $(BIN)/python -m pytest -q -n 2 --timeout 0 -m 'not torture' \
	    tests/integration/service/test_convergence.py tests/integration/service/test_convergence_machine.py \
	    tests/integration/store/test_feed_archives.py

mutants: $(VENV)/.dev ## mutation tests on a sample of small changes: make mutants SEED=1 SAMPLE=65
	nice $(BIN)/python -m tests.mutants --seed $(or $(SEED),1) --sample $(or $(SAMPLE),65)

burst: $(VENV)/.dev ## move many files in at once: make burst N=200000
	$(BIN)/python -m tests.torture.burst $(N)

# Without npm, the tests that need its parsers are skipped (in CI they fail).
NPM_PARSERS := tests/acceptance/npm/node_modules/.package-lock.json
$(NPM_PARSERS): tests/acceptance/npm/package-lock.json
	if command -v npm; then cd $(<D) && npm ci && touch node_modules/.package-lock.json; fi

acceptance: $(VENV)/.acceptance $(NPM_PARSERS) ## test with other programs: feed readers, web servers, browsers
	$(BIN)/python -m pytest -q -m acceptance --timeout 300 tests/acceptance

.PHONY: pictures
pictures: $(VENV)/.acceptance ## make the pictures of README from the demo (needs chromium)
	$(BIN)/python seeds/pictures.py

attack: $(VENV)/.acceptance ## attack for ten minutes: make attack SECONDS=60 PART=reader SEED=1 ROUND=7
	FEEDMILL_ATTACK_SECONDS=$(SECONDS) FEEDMILL_ATTACK_SEED=$(SEED) FEEDMILL_ATTACK_ROUND=$(ROUND) \
	    $(BIN)/python -m pytest -q -p no:randomly -m attack --timeout-method thread \
	    tests/attack$(if $(PART),/test_$(PART).py)

bench: $(VENV)/.dev ## compare speed with Hugo, Eleventy and Pelican: make bench N="1000 10000"
	$(BIN)/python -m benchmarks $(N) $(BENCH)

bench-smoke: $(VENV)/.dev ## count what the hot paths do; measures no time
	$(BIN)/python -m pytest -q -p no:randomly -rP tests/integration/service/test_work.py

bench-scale: $(VENV)/.dev ## measure articles per second with 10, 100 and 1,000 topics
	$(BIN)/python -m benchmarks.scale

bench-profile: $(VENV)/.dev ## profile the ingest of a folder: make bench-profile N=10000
	$(BIN)/python -m benchmarks.profile $(N)

bench-http: $(VENV)/.runtime ## compare the web server with nginx and Caddy (needs wrk and both)
	$(BIN)/python -m benchmarks.web

bench-pipelining: $(VENV)/.runtime ## compare pipelined requests with nginx (needs it)
	$(BIN)/python -m benchmarks.pipelining

lint: $(VENV)/.dev ## check with ruff, mypy --strict and import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

# The pages keep their places beside each other, so a link holds in the site as in the repository.
# Not --quiet: mkdocs then counts no warnings, and --strict lets every dead link pass.
docs: $(VENV)/.docs ## build the documentation as a site in build/docs
	rm -rf build/docs-source
	mkdir -p build/docs-source/systemd
	ln -s $(foreach page,README.md CHANGELOG.md CONTRIBUTING.md LICENSE docs,$(CURDIR)/$(page)) build/docs-source
	ln -s $(CURDIR)/systemd/README.md build/docs-source/systemd
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

dist: $(VENV)/.dev ## build the wheel, the source archive, man pages and shell completions in dist/
	$(BIN)/python -m hatchling build
	$(BIN)/python man/generate.py dist

release: $(VENV)/.release ## check the tree, build and check dist/ with an SBOM and licences; REHEARSAL=1 without a tag
	$(BIN)/python -m release $(if $(REHEARSAL),--rehearsal)

lock: $(VENV)/.dev ## update the pinned dependencies; UPGRADE=1 takes newer versions (needs the package index)
	$(PIP) install pip-tools
	$(BIN)/python requirements/lock.py $(if $(UPGRADE),--upgrade)

words: $(VENV)/.dev ## collect the words of the pages, list what is not translated, compile the rest
	$(BIN)/python -m tests.words

clean: ## remove everything that these commands created
	rm -rf $(VENV) .demo build dist tests/acceptance/npm/node_modules .mypy_cache .ruff_cache .hypothesis .pytest_cache

.PHONY: help install dev dist release docs demo test test-pythons test-slow test-wheel torture attack acceptance bench bench-smoke bench-scale bench-profile bench-http burst lint lock clean mutants bench-pipelining words
