# `make` builds, `make test` is all that must be green, `make bench` measures. `make conformance` compares with Istio
# and Envoy, which it installs below target/ (Go and Python must be there); `SEEDS=1..2000` makes it a long run.
# `make conformance-faults` shows that it finds what it should, `make conformance-lint` looks at its own code.
# `make fuzz` looks for inputs that break a promise (cargo-fuzz and a nightly toolchain must be there): a minute for
# each target, unless `TARGET=parse SECONDS=1800` says otherwise.
.PHONY: all test lint bench conformance conformance-faults conformance-lint fuzz

all:
	cargo build --release

test: lint
	cargo test --quiet --doc
	cargo test --quiet --lib --bins
	cargo test --quiet --test all

lint:
	cargo fmt --check
	cargo clippy --quiet --all-targets -- -D warnings

bench:
	cargo bench

conformance:
	tests/conformance/run $(if $(SEEDS),--seeds $(SEEDS))

conformance-lint:
	cd tests/conformance && cargo fmt --check
	cd tests/conformance && CARGO_TARGET_DIR=../../target/conformance/cargo cargo clippy --quiet -- -D warnings

conformance-faults:
	tests/conformance/faults/run

fuzz:
	fuzz/run $(or $(SECONDS),60) $(TARGET)
