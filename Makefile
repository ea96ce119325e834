# make            build bin/gatehouse
# make demo       build and run everything on embedded defaults
# make web        build the dashboard, which make build then puts into the binary
# make screenshots  take the pictures of docs/dashboard and of the README
# make types      write the dashboard's types from the contracts in api
# make web-tools  bring what the tests of the dashboard need
# make test       every test a machine with Go, Node and Chromium can run
# make check      what CI runs: format, vet, linters, all tests, race detector, fuzz targets
# make soak       the large runs, for figures
# make traefik    build the real Traefik, for make soak
# make bench      the benchmarks of docs/benchmarks.md

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo development)
GOLANGCI_LINT_VERSION := v2.15.0
LINT := $(CURDIR)/bin/golangci-lint-$(GOLANGCI_LINT_VERSION)
TRAEFIK := $(CURDIR)/bin/traefik
FUZZ_TIME ?= 1000x

DASHBOARD := web/dist/app/index.html
BUILT := $(if $(shell command -v npm),$(DASHBOARD))
FIRST := $(strip $(if $(wildcard $(DASHBOARD)),,packages) $(BUILT))
TOOLS := web/node_modules/typescript/package.json

# The compiler has much garbage and a short life: to collect it less often takes a fifth
# off its time.
COMPILE := GOGC=400 go build

.PHONY: build packages web web-tools types screenshots demo test check format vet lint tidy race fuzz traefik soak bench clean

# The dashboard is built where Node is, and again when its sources are newer; without
# Node the binary has a page in its place. The first time, what does not carry the
# dashboard compiles beside it. Paths are not trimmed, so that Go takes from its cache
# what it has compiled for others: the standard library, and the modules.
build:
	$(if $(FIRST),@$(MAKE) --no-print-directory -j2 $(FIRST))
	$(COMPILE) -ldflags '-X main.version=$(VERSION)' -o bin/gatehouse ./cmd/gatehouse

packages:
	$(COMPILE) $$(go list -deps -f '{{.ImportPath}} {{join .Deps " "}}' ./cmd/gatehouse | grep -v gatehouse/web | cut -d ' ' -f 1)

web: $(DASHBOARD)

web-tools: $(TOOLS)

$(DASHBOARD): web/node_modules/.package-lock.json web/index.html web/vite.config.ts $(shell find web/src web/public -type f)
	cd web && npm run --silent build

web/node_modules/.package-lock.json: web/package.json web/package-lock.json
	cd web && npm ci --omit=dev $(QUIETLY)
	touch $@

# What the types and the tests of the dashboard need beside.
$(TOOLS): web/package.json web/package-lock.json
	cd web && npm ci $(QUIETLY)
	touch $@ web/node_modules/.package-lock.json

QUIETLY := --ignore-scripts --no-audit --no-fund --silent

types: $(TOOLS)
	cd web && npm run --silent types

screenshots: $(TOOLS) $(DASHBOARD)
	GATEHOUSE_SCREENSHOTS=$(CURDIR)/docs/dashboard GATEHOUSE_STORY=$(CURDIR)/docs go test -count=1 -timeout 20m -run 'ADashboardVisit|InABrowser' ./internal/demo

demo: build
	bin/gatehouse demo

test: $(if $(BUILT),$(TOOLS)) $(BUILT)
	go test -timeout 20m ./...

check: format vet lint tidy test race fuzz

format:
	@out=$$(gofmt -l .); [ -z "$$out" ] || { echo "not formatted (run gofmt -w):"; echo "$$out"; exit 1; }

vet:
	go vet ./...

lint: $(LINT)
	$(LINT) run --allow-parallel-runners ./...

# The linter is built from source by a module of its own, so that its
# dependencies are not ours.
$(LINT): tools/go.mod tools/go.sum
	cd tools && go build -o $@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint

tidy:
	go mod tidy -diff

# What many do at once is held under the race detector. The tests of these rooms that do
# one thing after the other on a database take ten times as long under it and show nothing
# more: they are for make soak. cmd and clients test processes, in which it sees nothing.
ONE_BY_ONE := /internal/(directory|engine|httpapi/.*|ingest|mirror|server|store)$$

race:
	go test -race -shuffle=on -timeout 20m -skip '$(BROWSER)' $$(go list ./internal/... | grep -vE '$(ONE_BY_ONE)')
	go test -race -timeout 20m -run '$(AT_ONCE)' ./internal/directory ./internal/httpapi/permit ./internal/server
	go test -race -timeout 20m -run 'Together|SQLite/(ConcurrentPlans|WritersAtOnce|ManyProducers|SearchesSee)' ./internal/store

BROWSER := ADashboardVisit|InABrowser
AT_ONCE := Concurrent|EqualsAFreshLoad|AHundredQuestions|QuestionsBeyond|DyingEnvironment|OneOfManyCreatesWins

fuzz:
	./tools/fuzz $(FUZZ_TIME)

# Traefik is brought by the Go modules, for which it compiles a quarter of an hour.
traefik: $(TRAEFIK)

$(TRAEFIK): tools/traefik/go.mod tools/traefik/go.sum
	cd tools/traefik && $(COMPILE) -o $@ github.com/traefik/traefik/v3/cmd/traefik

soak: $(TRAEFIK)
	GATEHOUSE_TEST_TRAEFIK=$(TRAEFIK) go test -tags soak -count=1 -run Traefik -v ./gatehousehttp
	go test -race -shuffle=on -timeout 120m -skip '$(BROWSER)' ./internal/...
	GATEHOUSE_TEST_KILLS=2000 go test -count=1 -timeout 60m -run Killed -v ./cmd/gatehouse
	GATEHOUSE_TEST_CHAOS=1000 go test -count=1 -timeout 120m -run AnyChaos -v ./internal/server
	GATEHOUSE_TEST_TRIPLES=1000000 go test -count=1 -timeout 60m -run TheSecondEngine -v ./internal/engine
	GATEHOUSE_TEST_MIRROR_SEEDS=1 GATEHOUSE_TEST_MIRROR_OPERATIONS=20000 go test -count=1 -timeout 90m -run WhateverHappens -v ./internal/mirror
	GATEHOUSE_TEST_MIRROR_SEEDS=500 go test -count=1 -timeout 60m -run WhateverHappens ./internal/mirror
	GATEHOUSE_TEST_MIRROR_USERS=100000 GATEHOUSE_TEST_IMPORT_USERS=50000 go test -count=1 -timeout 60m -run 'CatchingUp|Imported' -v ./internal/mirror
	./tools/fuzz 2000000x

bench:
	go test -run '^$$' -bench . -benchmem ./internal/engine ./internal/store/sqldb ./internal/server

clean:
	rm -rf bin web/dist/app
