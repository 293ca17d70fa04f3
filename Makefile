# Jornada's tasks. `make help` lists them; CONTRIBUTING.md says when to use which.
SHELL := /bin/bash
.DEFAULT_GOAL := help
GO      ?= go
BIN     := bin/jornada
LDFLAGS := -s -w
PKGS    := ./...
FUZZTIME ?= 10s
SIZE    ?= ci

# Tools, at pinned versions, kept in bin/ so that the machine's own are not touched.
GOLANGCI_VERSION      := v2.8.0
WORKFLOWCHECK_VERSION := v0.6.0

.PHONY: help
help: ## Show this list
	@awk -F':.*## ' '/^[a-zA-Z0-9_-]+:.*## /{printf "  \033[1m%-12s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: build ## Start all of Jornada on this machine, with the demo clinic
	@$(BIN) dev $(ARGS)

.PHONY: build
build: ## Build bin/jornada
	@echo "building $(BIN) (the first time takes a few minutes: it holds a whole Temporal server)"
	@$(GO) build -ldflags "$(LDFLAGS)" -o $(BIN) ./cmd/jornada

.PHONY: test
test: ## Run every test, on SQLite and, where one can be had, Postgres
	$(GO) test -timeout 20m $(PKGS)

.PHONY: race
race: ## Run every test with the race detector
	$(GO) test -race -timeout 30m $(PKGS)

.PHONY: e2e
e2e: build ## Drive the built binary and its pages in a real browser
	JORNADA_BIN=$(CURDIR)/$(BIN) $(GO) test -tags e2e -count=1 -timeout 20m ./cmd/jornada/e2e
	$(GO) test -tags e2e -count=1 -run TestAgainstNPM ./activities/channel/smpp # SMPP against an SMSC from npm

.PHONY: bench
bench: ## Measure the interpreter beside the same journey by hand, the way in of webhooks, scenarios, and costs of a million messages
	$(GO) test ./cmd/jornada -run "^$$" -bench AgainstHandwritten -benchtime 1x -timeout 30m
	$(GO) test ./engine/api -run "^$$" -bench Webhooks -benchtime 5s
	$(GO) test ./engine/simulator -run "^$$" -bench Scenario -benchtime 5s
	$(GO) test ./engine/simulator -run "^$$" -bench Walks -benchtime 1x
	$(GO) test ./engine/store -run "^$$" -bench MessageCosts -benchtime 20x -timeout 60m

.PHONY: fuzz
fuzz: ## Fuzz every parser and decoder for FUZZTIME each (default 10s)
	@set -euo pipefail; \
	grep -rnoE --include='*_test.go' --exclude-dir=testdata --exclude-dir=node_modules '^func Fuzz[A-Za-z0-9_]+' . \
	| sed -E 's#^(.*)/[^/]+:[0-9]+:func (Fuzz.*)$$#\1 \2#' | sort -u \
	| while read -r dir target; do \
	  echo "fuzzing $$dir $$target for $(FUZZTIME)"; \
	  $(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x "$$dir" </dev/null; \
	done

.PHONY: torture
torture: ## Kill, cut off and lie to the product, and judge (SIZE=full: hours; ARGS="--run T01 --seeds 7")
	$(GO) run ./cmd/torture $(if $(findstring --run,$(ARGS)),,--all) --size $(SIZE) $(ARGS)

.PHONY: lint
lint: bin/golangci-lint bin/workflowcheck ## Check style, import directions and determinism
	bin/golangci-lint run
	bin/workflowcheck -config workflows/workflowcheck.yaml ./workflows/...

bin/golangci-lint:
	GOBIN=$(CURDIR)/bin $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)

bin/workflowcheck:
	GOBIN=$(CURDIR)/bin $(GO) install go.temporal.io/sdk/contrib/tools/workflowcheck@$(WORKFLOWCHECK_VERSION)

.PHONY: histories
histories: ## Record missing workflow histories for the replay test: make histories RELEASE=v0.2.0
	$(GO) test ./cmd/jornada -run TestRecordHistories -record -release $(or $(RELEASE),dev) -count=1 -v

.PHONY: verify
verify: lint ## Lint, and check that go.mod and the formatting are as the tools leave them
	$(GO) mod tidy -diff
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo "gofmt would change files"; exit 1; }

.PHONY: clean
clean: ## Remove what was built
	rm -rf bin
