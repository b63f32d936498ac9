PYTHON = .venv/bin/python
# Static checks read the settings, never a server.
STATIC = SECRET_KEY=static-check DATABASE_URL=postgres://localhost/none REDIS_URL=redis://localhost/0

.PHONY: check fmt migrations

check:
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/lint-imports --no-cache
	$(STATIC) .venv/bin/mypy .

fmt:
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .
