# `make` builds, `make test` is all that must be green, `make bench` measures.
.PHONY: all test lint bench

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
