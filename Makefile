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

.PHONY: ui
ui: ui/dist/index.html ## Build the editor's pages (ui/dist, which the binary embeds)

UI_SOURCES := $(shell find ui/src ui/public ui/scripts -type f) ui/index.html ui/package.json ui/package-lock.json ui/vite.config.ts ui/tsconfig.json

ui/dist/index.html: $(UI_SOURCES) ui/node_modules/.package-lock.json
	@cd ui && npm run --silent build

ui/node_modules/.package-lock.json: ui/package-lock.json
	@echo "fetching what the editor is built of"
	@cd ui && npm ci --no-audit --no-fund --silent

.PHONY: build
build: ui ## Build bin/jornada
	@echo "building $(BIN) (the first time takes a few minutes: it holds a whole Temporal server)"
	@$(GO) build -ldflags "$(LDFLAGS)" -o $(BIN) ./cmd/jornada

# The race detector watches all but SQLite: that is C code, translated to Go, over memory
# that is not Go's; others answer for it, and watching it takes most of a test's time. Nor
# is the code vetted here: the linters do it.
RACE_FLAGS := -race -vet=off -gcflags=modernc.org/sqlite/lib=-race=false -gcflags=modernc.org/libc=-race=false

.PHONY: test
test: ## Run every test, on SQLite and, where one can be had, Postgres
	$(GO) test $(if $(RACE),$(RACE_FLAGS)) -timeout 30m $(PKGS)

.PHONY: race
race: ## Run every test with the race detector
	@$(MAKE) --no-print-directory test RACE=yes

.PHONY: ui-test
ui-test: ui/node_modules/.package-lock.json ## Check the editor's pages: types, style, unit tests, and that they know today's API
	@cd ui && npm run --silent types && npm run --silent lint && npm run --silent test
	@cd ui && npx --no-install openapi-typescript ../engine/api/openapi.yaml -o node_modules/.schema.d.ts >/dev/null \
	&& diff -u src/api/schema.d.ts node_modules/.schema.d.ts >/dev/null || { echo "ui/src/api/schema.d.ts is not what engine/api/openapi.yaml says: run npm run api in ui/"; exit 1; }

.PHONY: e2e
e2e: build ## Drive the built binary and its pages in a real browser, and drivers against others' servers
	JORNADA_BIN=$(CURDIR)/$(BIN) $(GO) test -tags e2e -count=1 -timeout 20m ./cmd/jornada/e2e
	JORNADA_BIN=$(CURDIR)/$(BIN) node ui/e2e/run.mjs
	$(GO) test -tags e2e -count=1 -run TestAgainstNPM ./activities/channel/smpp ./activities/channel/telegram # against far ends from npm
	$(GO) test -tags e2e -count=1 -run TestAgainstSMTPSink ./activities/channel/smtp # against postfix's smtp-sink

.PHONY: bench
bench: ## Measure the interpreter beside the same journey by hand, a campaign, statuses at 3,000 a second, the way in of webhooks, scenarios, and costs of a million messages
	$(GO) test ./cmd/jornada -run "^$$" -bench AgainstHandwritten -benchtime 1x -timeout 30m
	$(GO) test ./cmd/jornada -run "^$$" -bench Campaign -benchtime 1x -timeout 30m
	$(GO) test ./cmd/jornada -run "^$$" -bench Statuses -benchtime 1x -timeout 30m
	$(GO) test ./engine/api -run "^$$" -bench Webhooks -benchtime 5s
	$(GO) test ./engine/simulator -run "^$$" -bench Scenario -benchtime 5s
	$(GO) test ./engine/simulator -run "^$$" -bench Walks -benchtime 1x
	$(GO) test ./engine/store -run "^$$" -bench MessageCosts -benchtime 20x -timeout 60m

# Each package's targets are built once, one package after the other, so that what they
# share is built once, too; nothing guides the fuzzer in SQLite (C code, translated to Go).
# Then two targets run side by side, each with one worker: most of a short run is spent in
# reading its corpus, which one core does. When the time is over Go 1.26 may call its own
# deadline a failure (golang/go#75804, mended in Go 1.27). Such a run has written no
# failing input and says nothing else: it is done again.
.PHONY: fuzz
fuzz: ## Fuzz every parser and decoder for FUZZTIME each (default 10s)
	@set -euo pipefail; built=$$(mktemp -d); trap 'rm -rf "$$built"' EXIT; export built; \
	targets=$$(grep -rnoE --include='*_test.go' --exclude-dir=testdata --exclude-dir=node_modules '^func Fuzz[A-Za-z0-9_]+' . \
	  | sed -E 's#^\./(.*)/[^/]+:[0-9]+:func (Fuzz.*)$$#\1 \2#' | sort -u); \
	for package in $$(cut -d' ' -f1 <<<"$$targets" | uniq); do \
	  $(GO) test -c -fuzz . -gcflags=modernc.org/sqlite/lib=-d=libfuzzer=0 -gcflags=modernc.org/libc=-d=libfuzzer=0 -o "$$built/$$package/test" "./$$package"; \
	done; \
	cached="$$($(GO) env GOCACHE)/fuzz/jornada"; export cached; \
	xargs -P 2 -L 1 sh -c 'cd "$$1"; for try in 1 2 3; do \
	    out=$$("$$built/$$1/test" -test.run "^$$" -test.fuzz "^$$2\$$" -test.parallel 1 -test.fuzztime $(FUZZTIME) -test.fuzzminimizetime 10x -test.fuzzcachedir "$$cached/$$1" 2>&1 </dev/null); rc=$$?; \
	    echo "fuzzing $$1 $$2 for $(FUZZTIME)"; echo "$$out"; \
	    [ $$rc -ne 0 ] || break; \
	    case "$$out" in *"Failing input"*|*panic*|*hung*) break;; esac; \
	    echo "$$out" | grep -qx "    context deadline exceeded" || break; \
	  done; exit $$rc' fuzz <<<"$$targets"

.PHONY: torture
torture: ## Kill, cut off and lie to the product, and judge (SIZE=full: hours; ARGS="--run T01 --seeds 7"; ARGS=--mutant)
	$(GO) run ./cmd/torture $(if $(findstring --run,$(ARGS))$(findstring --mutant,$(ARGS)),,--all) --size $(SIZE) $(ARGS)

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
