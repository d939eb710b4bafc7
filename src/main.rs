//! Parses the command line and runs it. Everything else is in the library.

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    switchboard::cli::main()
}

/// The browser's half is the library; this keeps `cargo check --target wasm32-unknown-unknown` whole.
#[cfg(target_arch = "wasm32")]
fn main() {}
