# What a person types. Everything is made below .venv and .portal.
.PHONY: run test check fmt bench soak screenshots migrations requirements runtime tools

PORT ?= 8000
PY = .venv/bin/python
WORKERS ?= 3
# Each holds all of the one before: production, with private servers, with the tools of the tests.
RUN_REQUIREMENTS = requirements-embedded.txt
DEV_REQUIREMENTS = requirements-dev.txt
# Static checks read the settings, never a server.
STATIC = SECRET_KEY=static-check DATABASE_URL=postgres://localhost/none REDIS_URL=redis://localhost/0

run: runtime
	@PORT=$(PORT) exec $(PY) manage.py desk

# Three tests share two cores, for many of them wait: what fails beside others runs once more alone,
# and must pass there. That is said last, with the names, for such a test or what it tests is unsound.
test: tools check
	$(PY) -m pytest -n $(WORKERS) --dist worksteal $(PYTEST) || { [ $$? = 1 ] && \
	  echo "ONCE MORE, ALONE: what failed beside other tests, listed above" && \
	  $(PY) -m pytest -v --last-failed --last-failed-no-failures none $(PYTEST) && \
	  echo "GREEN ONLY ALONE: look into the tests named above before you trust them"; }

check: .venv/bin/ruff
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/lint-imports --no-cache
	$(STATIC) .venv/bin/mypy .

fmt: .venv/bin/ruff
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

bench: dev
	$(PY) -m bench

# The long versions of the tests that `make test` runs with smaller numbers.
soak: tools
	SOAK=1 $(PY) -m pytest -m slow -s $(PYTEST)

screenshots: tools
	$(PY) -m tests.screenshots

# make migrations NAME=silence_matchers APP=alerts
migrations: dev
	$(STATIC) $(PY) manage.py makemigrations --no-header -n $(NAME) $(APP)

# After a change of the dependencies in pyproject.toml; kept versions stay as they are.
COMPILE = uv pip compile -q --generate-hashes --python-version 3.12
requirements:
	$(COMPILE) pyproject.toml -o requirements.txt
	$(COMPILE) --extra embedded -c requirements.txt pyproject.toml -o requirements-embedded.txt
	$(COMPILE) --extra dev --extra embedded -c requirements.txt pyproject.toml -o requirements-dev.txt

# --- The virtual environment ---------------------------------------------------------------------
# Made by the first Python >= 3.12 that this user can run: on PATH, of pyenv, or fetched by uv.
FIND_PYTHON = \
  for python in "$$PYTHON" python3.13 python3.12 python3 \
    "$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/3.13*/bin/python \
    "$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/3.12*/bin/python \
    python3.14 "$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/3.1[4-9]*/bin/python; do \
    [ -n "$$python" ] || continue; \
    "$$python" -c 'import sys, ensurepip; sys.exit(sys.version_info < (3, 12))' 2>/dev/null || continue; \
    echo "making .venv with $$("$$python" -V)"; \
    "$$python" -m venv --clear .venv && exit 0; \
  done; \
  if command -v uv >/dev/null 2>&1; then uv venv --clear --seed --python 3.13 .venv && exit 0; fi; \
  echo "Ops Portal needs Python 3.12 or newer (with venv): install it, or uv, and run make again." >&2; \
  exit 1

# $(call install,stamp,files): install hashed requirements unless the same were installed before.
install = \
  wanted=$$(cat $(2) | git hash-object --stdin); \
  [ "$$(cat .venv/$(1) 2>/dev/null)" = "$$wanted" ] && [ -x $(PY) ] && exit 0; \
  $(PY) -m pip --version >/dev/null 2>&1 || { $(MAKE) -s venv || exit 1; }; \
  echo "installing $(2): once, about a minute"; \
  $(PY) -m pip install -qq --disable-pip-version-check --require-hashes \
    $(foreach file,$(2),-r $(file)) && echo "$$wanted" > .venv/$(1)

.PHONY: venv dev
.venv/bin/ruff:
	@$(MAKE) -s dev

venv:
	@$(FIND_PYTHON)

runtime:
	@$(call install,installed-run,$(RUN_REQUIREMENTS))

dev:
	@$(call install,installed-dev,$(DEV_REQUIREMENTS))

# Programs that some tests need. Root on Debian gets them by apt; without them the tests that need
# them are left out, and the end of the run says which.
PROGRAMS = chromium:chromium redis-cli:redis-tools prometheus:prometheus \
  prometheus-alertmanager:prometheus-alertmanager nginx:nginx-light
tools: dev
	@missing=; for pair in $(PROGRAMS); do \
	  command -v "$${pair%%:*}" >/dev/null 2>&1 || missing="$$missing $${pair##*:}"; done; \
	if [ -n "$$missing" ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
	  echo "installing$$missing"; \
	  { apt-get update -qq && RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive \
	    apt-get install -y -qq --no-install-recommends $$missing; } >/dev/null \
	    || echo "apt-get could not install$$missing"; \
	fi
