//! The process: how big the program is, how much memory it takes when idle, how soon it answers.

#![expect(clippy::expect_used, clippy::panic, reason = "a benchmark that cannot run says so and stops")]

#[path = "support/mod.rs"]
mod support;

use std::time::Duration;

use tempfile::TempDir;

use support::{Server, free_port, median, report, switchboard};

const STARTS: usize = 7;

#[expect(clippy::print_stdout, reason = "this is the report")]
fn main() {
    let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let size = std::fs::metadata(env!("CARGO_BIN_EXE_switchboard")).expect("the program").len();
    report("process/binary", "MB", size as f64 / 1e6, 25.0, false);

    let mut starts = Vec::new();
    let mut resident = 0;
    let mut cpu = Duration::ZERO;
    for _ in 0..STARTS {
        let port = free_port();
        let (server, took) = Server::start(switchboard(port, folder.path(), None), port);
        starts.push(took.as_secs_f64() * 1e3);
        std::thread::sleep(Duration::from_secs(1));
        resident = server.resident();
        cpu = server.cpu();
    }
    report("process/idle-memory", "MB", resident as f64 / 1e6, 30.0, false);
    // The first start also makes the database; a restart is what an operator waits for.
    report("process/first-start", "ms", starts[0], 150.0, false);
    println!("process/restart-cpu ms={}", cpu.as_millis());
    report("process/restart", "ms", median(starts[1..].to_vec()), 150.0, false);
}
