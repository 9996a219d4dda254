# Feedmill's everyday commands. `make help` lists them.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet

.DEFAULT_GOAL := help

help: ## this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

# The stamps make a second run do no set-up again.
$(VENV)/.runtime: requirements/runtime.txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --require-hashes -r requirements/runtime.txt
	$(PIP) install --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.runtime
	$(PIP) install --require-hashes -r requirements/dev.txt
	touch $@

$(VENV)/.acceptance: requirements/acceptance.txt $(VENV)/.dev
	$(PIP) install --require-hashes -r requirements/acceptance.txt
	touch $@

$(VENV)/.docs: requirements/docs.txt $(VENV)/.dev
	$(PIP) install --require-hashes -r requirements/docs.txt
	touch $@

install: $(VENV)/.runtime ## .venv with the program
dev: $(VENV)/.dev ## .venv with the program and the development tools

demo: $(VENV)/.runtime ## ingest the samples and serve their feeds at http://127.0.0.1:8000/
	$(BIN)/python seeds/demo.py

test: $(VENV)/.dev ## the test suite, but for what takes long
	$(BIN)/python -m pytest -q -n 3

test-pythons: ## the test suite under Python 3.13 and 3.14, in debootstrap roots (as root)
	tests/pythons.sh

test-slow: $(VENV)/.dev ## kills, full disks, restarts: what waits for real time to pass
	$(BIN)/python -m pytest -q -n 3 -m slow

torture: $(VENV)/.dev ## 500 kills at every fault point, a thousand histories of a folder: no trace
	$(BIN)/python -m pytest -q -m torture tests/torture tests/integration/service/test_crashes.py
	FEEDMILL_EXAMPLES=1000 $(BIN)/python -m pytest -q -n 2 --timeout 0 -m 'not torture' \
	    tests/integration/service/test_convergence.py tests/integration/service/test_convergence_machine.py \
	    tests/integration/store/test_feed_archives.py

mutants: $(VENV)/.dev ## would a test notice? a sample of small changes: make mutants SEED=1 SAMPLE=65
	nice $(BIN)/python -m tests.mutants --seed $(or $(SEED),1) --sample $(or $(SAMPLE),65)

burst: $(VENV)/.dev ## many files moved in at once: make burst N=200000
	$(BIN)/python -m tests.torture.burst $(N)

acceptance: $(VENV)/.acceptance ## with other programs: feed readers, web servers, browsers
	$(BIN)/python -m pytest -q -m acceptance --timeout 300 tests/acceptance

attack: $(VENV)/.acceptance ## ten minutes of attacks: make attack SECONDS=60 PART=reader SEED=1 ROUND=7
	FEEDMILL_ATTACK_SECONDS=$(SECONDS) FEEDMILL_ATTACK_SEED=$(SEED) FEEDMILL_ATTACK_ROUND=$(ROUND) \
	    $(BIN)/python -m pytest -q -p no:randomly -m attack --timeout-method thread \
	    tests/attack$(if $(PART),/test_$(PART).py)

bench: $(VENV)/.dev build/bench/.hugo ## speed beside Hugo, Eleventy and Pelican: make bench N="1000 10000"
	$(BIN)/python -m benchmarks $(N) $(BENCH)

# Debian's package. Where it cannot be installed, the others are measured without it.
build/bench/.hugo:
	mkdir -p $(@D)
	command -v hugo >/dev/null || apt-get install -y --no-install-recommends hugo || true
	touch $@

bench-smoke: $(VENV)/.dev ## what the hot paths do, counted: no seconds
	$(BIN)/python -m pytest -q -p no:randomly -rP tests/integration/service/test_work.py

bench-scale: $(VENV)/.dev ## articles a second at 10, 100 and 1,000 topics
	$(BIN)/python -m benchmarks.scale

bench-profile: $(VENV)/.dev ## where the time of taking in a folder goes: make bench-profile N=10000
	$(BIN)/python -m benchmarks.profile $(N)

bench-http: $(VENV)/.runtime ## the web server against nginx and Caddy (needs wrk and both)
	$(BIN)/python benchmarks/web.py

bench-pipelining: $(VENV)/.runtime ## many requests at once on a connection, against nginx (needs it)
	$(BIN)/python -m benchmarks.pipelining

lint: $(VENV)/.dev ## ruff (rules and format), mypy --strict, and which package may import which
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

# The pages keep their places beside each other, so a link holds in the site as in the repository.
# Not --quiet: mkdocs then counts no warnings, and --strict lets every dead link pass.
docs: $(VENV)/.docs ## build/docs: the documentation as a site; a dead link is an error
	rm -rf build/docs-source
	mkdir -p build/docs-source/systemd
	ln -s $(foreach page,README.md CHANGELOG.md CONTRIBUTING.md LICENSE docs,$(CURDIR)/$(page)) build/docs-source
	ln -s $(CURDIR)/systemd/README.md build/docs-source/systemd
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

dist: $(VENV)/.dev ## dist/: the wheel and the source archive
	$(BIN)/python -m hatchling build

lock: $(VENV)/.dev ## pin the dependencies; UPGRADE=1 takes newer versions (needs the registry)
	$(PIP) install pip-tools
	$(BIN)/python requirements/lock.py $(if $(UPGRADE),--upgrade)

clean: ## remove what the commands above made
	rm -rf $(VENV) .demo build dist .mypy_cache .ruff_cache .hypothesis .pytest_cache

.PHONY: help install dev dist docs demo test test-pythons test-slow torture attack acceptance bench bench-smoke bench-scale bench-profile bench-http burst lint lock clean mutants bench-pipelining
