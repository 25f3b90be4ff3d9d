# make demo   sets itself up and runs three sites for you to watch
# make test   sets itself up and checks everything
# make bench  measures speed and size beside their peers (nine minutes, on a machine that does nothing else)
# make kills  kills the real processes 200 times under load, on SQLite and on PostgreSQL (20 minutes)
# make fuzz   feeds every reader ten million hostile inputs (ten minutes)
# make mutants  changes the law and the codecs one number or operator at a time and tells which change no test notices (forty minutes)
# make devices  writes docs/devices.md from what the code says of every device
# make soak   runs virtual worlds in which everything goes wrong: make soak SEEDS=1000 FROM=0
PYTHON ?= python3
ARGS   ?=
BIN    := .venv/bin

.PHONY: demo test bench kills mutants soak fuzz devices lint types imports lock wheel clean programs

.venv/ready: requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Weighgate needs Python 3.11 or newer; name one with: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: .venv/ready
	$(BIN)/weighgate demo $(ARGS)

test: .venv/ready programs lint types imports
	$(BIN)/python -m pytest -n auto $(ARGS)

bench: .venv/ready programs
	$(BIN)/python benchmarks/run.py $(ARGS)

kills: .venv/ready programs
	$(BIN)/python tests/processes/kill_run.py --store sqlite --report var/kills-sqlite.json $(ARGS)
	$(BIN)/python tests/processes/kill_run.py --store postgresql --report var/kills-postgresql.json $(ARGS)
	$(BIN)/python tests/processes/replug.py --cycles 1000 --report var/replug.json

mutants: .venv/ready
	nice $(BIN)/python tests/mutants/mutant_run.py --ledger tests/mutants/ledger.jsonl $(ARGS)

SEEDS ?= 1000
FROM  ?= 0
soak: .venv/ready
	$(BIN)/weighgate virtual --seed $(FROM) --seeds $(SEEDS) --ledger tests/virtual/ledger.jsonl $(ARGS)

INPUTS ?= 10000000
fuzz: .venv/ready
	$(BIN)/python tests/fuzz/fuzz_run.py --inputs $(INPUTS) --report tests/fuzz/last.json $(ARGS)

# ARGS=--sniff tries sniff on every format at every setting anew: a minute
devices: .venv/ready
	$(BIN)/python -m weighgate.device_page $(ARGS) docs/devices.md

lint: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/ready
	$(BIN)/mypy

imports: .venv/ready
	$(BIN)/lint-imports

programs:
	@sh .ci/programs

wheel: .venv/ready
	$(BIN)/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

# needs uv; index addresses never enter the locks
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml
lock:
	$(LOCK) --extra tickets -o requirements/edge.txt
	$(LOCK) --extra central --extra tickets -o requirements/central.txt
	$(LOCK) --extra dev -o requirements/dev.txt
	echo hatchling | uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--no-annotate -c requirements/dev.txt -o requirements/build.txt -

clean:
	rm -rf .venv benchmarks/.venv-peer benchmarks/.venv-peer-parsers dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
