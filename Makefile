# One word each: demo, test, check, clean. Nothing is needed beforehand but Python 3.11+ and make.
PY ?= python3
V := .venv
BIN := $(V)/bin
export DO_NOT_TRACK := 1
export PREFECT_SERVER_ANALYTICS_ENABLED := false

.PHONY: demo test check clean help
help:            ## show the words this file knows
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/ -/'

demo: $(V)/.stamp ## install if needed, run three real contracts from file to cash flow
	$(BIN)/sib demo

test: $(V)/.stamp ## install if needed, run every check and test
	$(BIN)/python -m pytest -n auto --dist loadfile --cov --cov-report=term:skip-covered
	$(BIN)/coverage report --include='sib/money.py,sib/periods.py,sib/xirr.py,sib/terms/*,sib/payments/*,sib/finance/*' --fail-under=100

check: $(V)/.stamp ## the quick checks only: style, types, layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

clean:           ## forget the demonstration's data (the environment stays)
	rm -rf .sib

$(V)/.stamp: pyproject.toml constraints.txt
	$(PY) -m venv $(V)
	$(BIN)/python -m pip install -q uv==0.13.9
	VIRTUAL_ENV=$(abspath $(V)) $(BIN)/uv pip install -q -c constraints.txt -e '.[test]'
	touch $@
