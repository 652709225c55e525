# The everyday commands. Each one sets up what is missing first; a second run is fast.
#
#   make studio     set up, then open the studio on the demo project
#   make test       set up, then run every check and test
#   make test-all   the same with the slow tests
#   make bench      print the benchmarks
#   make fuzz       10,000 damaged files for every reader (CASES=...)
#   make soak       ten minutes of a session at random in the window (MINUTES=..., SEED=...)
#   make setup      only the set-up

PYTHON  ?= python3
BIN     := .venv/bin
CASES   ?= 10000
MINUTES ?= 10
SEED    ?= 0
SOURCES := main.py app avatar_core resources tests
# Windows are tested on virtual X servers, one for each process, whatever screen the machine has.
PYTEST  := env -u DISPLAY -u WAYLAND_DISPLAY QT_QPA_PLATFORM=xcb LIBGL_ALWAYS_SOFTWARE=1 \
	$(BIN)/pytest --numprocesses auto --maxprocesses 4 --dist loadfile

.PHONY: studio test test-all check setup bench fuzz soak clean

studio: setup
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ] || [ "$$(uname)" != Linux ]; then \
		$(BIN)/python main.py; \
	else \
		echo "No display here: rendering the demo performance to demo.mp4 instead."; \
		$(BIN)/python main.py render --project demo --out demo.mp4; \
	fi

test: check
	$(PYTEST) -m "not gpu and not slow"

test-all: check
	$(PYTEST) -m "not gpu"

check: setup
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup
	$(BIN)/python main.py bench --json

fuzz: setup
	$(BIN)/python -m tests.fuzz.run --cases $(CASES)

# On a virtual screen: a session at random would be in everybody's way.
soak: setup
	env -u WAYLAND_DISPLAY QT_QPA_PLATFORM=xcb LIBGL_ALWAYS_SOFTWARE=1 \
		xvfb-run -a -s "-screen 0 1600x1000x24" \
		$(BIN)/python -m tests.soak.run --minutes $(MINUTES) --seed $(SEED)

setup:
	@PYTHON="$(PYTHON)" sh .ci/setup

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
