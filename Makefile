# Six words. Everything that is missing is installed first, from the package registries and nowhere else.
# The work is done by the scripts in tools/; each of them says what it is for.

.PHONY: run test dev bench soak build site
.DEFAULT_GOAL := run
SHELL := bash

# run: build and serve at http://127.0.0.1:3000, with the sandbox (a stand-in for the platform) at http://127.0.0.1:3001
run: site
	@cargo run --quiet --locked -- $(ARGS)

# test: format, lints on both halves, unit and integration tests, size budget, browser tests
test:
	@tools/test

# dev: serve, and rebuild and restart whenever a source file is saved
dev:
	@tools/setup && node tools/dev.mjs $(ARGS)

# bench: the hot paths against their bars, each beside the obvious alternatives in the same run
bench: build
	@tools/bench $(ARGS)

# soak: the long tests, two hours: killed under load, a disk that hangs or is full (best as root), the contact centre simulated
soak: site
	@tools/soak $(ARGS)

# build: one self-contained program with the site inside, target/release/switchboard
build: site
	@cargo build --release --locked
	@strip target/release/switchboard
	@ls -lh target/release/switchboard | awk '{print $$9 " (" $$5 ")"}'

# The site alone (target/site): WASM, styles, public files, the voice SDK, each also as brotli and gzip.
site:
	@tools/setup && node tools/site.mjs
