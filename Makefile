# The commands of a working day; `make` alone lists them.
.DEFAULT_GOAL := help
.PHONY: help demo test check contract bench fuzz soak openapi release-contract docker secrets dependencies

help: ## Lists these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: dependencies ## Starts a registry with its own database and a demo country (ARGS="--port 8081")
	cargo run --locked --profile fast -- demo $(ARGS)

test: dependencies ## Runs every test (ARGS="name of a test")
	@scripts/test.sh $(ARGS)

check: dependencies ## Layout, lints, licences, spelling, scripts, Dockerfile
	@scripts/check.sh

contract: ## Checks the API contract, also against a running demo and two generated clients
	@scripts/install-dependencies.sh contract
	@contract/run.sh

fuzz: dependencies ## Tries the verifier of the access log with random files for a minute (SECONDS=600)
	@scripts/fuzz.sh $(SECONDS)

soak: dependencies ## Kills service and database under load; 100 000 events of the feed under writers that are cut off (KILLS=30)
	@scripts/soak.sh $(KILLS)

bench: dependencies ## Measures the service against pgbench; some minutes
	cargo bench --locked --profile fast --bench load

openapi: dependencies ## Writes openapi/ anew from the code
	cargo run --locked --quiet -- openapi --write openapi

release-contract: ## Makes the present contract the one that later changes are judged by
	@scripts/install-dependencies.sh contract
	@scripts/release-contract.sh

docker: ## Builds the container image kinstead:latest
	docker build --tag kinstead:latest .

secrets: ## Makes the passwords and keys that compose.yaml reads, in secrets/
	@deploy/make-secrets.sh

dependencies:
	@scripts/install-dependencies.sh
