.PHONY: install
UV_VERSION := 0.13.9
VENV := .venv
install: $(VENV)/.installed
$(VENV)/.installed: pyproject.toml uv.lock
	@test -x $(VENV)/bin/python || python3 -m venv $(VENV)
	@$(VENV)/bin/uv --version 2>/dev/null | grep -q "$(UV_VERSION)" || $(VENV)/bin/pip install -q uv==$(UV_VERSION)
	@UV_PROJECT_ENVIRONMENT=$(VENV) $(VENV)/bin/uv sync --frozen --inexact -q
	@touch $@
