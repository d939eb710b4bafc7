//! The audio socket: our program, with everything on, against a Node `ws` echo and the bare socket library, in one run.
//!
//! Ours checks a one-time token for each call, meters both sides and records both to disk as it echoes. The others only
//! echo. Each server is a process of its own on the first processor, the calls are on the second. Each call sends 50
//! frames of 640 bytes a second, as the platform does, and checks that every one comes back, whole and in order.

#![expect(clippy::expect_used, clippy::panic, reason = "a benchmark that cannot run says so and stops")]

#[path = "../support/mod.rs"]
mod support;

mod load;
mod tokens;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_websockets::ServerBuilder;

use support::{Server, free_port, median, pinned, report, switchboard};

const ROUNDS: usize = 3;
const CORE: Option<u8> = Some(0);
/// How long a round is measured, after all calls are up.
const MEASURED: Duration = Duration::from_secs(6);
/// Concurrent calls, and what their round is called.
const SIZES: [usize; 2] = [200, 1_000];

struct Contestant {
    name: &'static str,
    server: Server,
    /// Our own gives tokens, and keeps recordings that are deleted between rounds.
    data: Option<PathBuf>,
    /// For each size, for each round.
    results: [Vec<Round>; 2],
}

struct Round {
    cpu_us: f64,
    p50: f64,
    p99: f64,
    p999: f64,
    frames: u64,
    lost: u64,
    kb_per_call: f64,
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    if let Some(at) = args.iter().position(|arg| arg == "--bare") {
        return bare(args[at + 1].parse().expect("a port"));
    }
    // The calls leave the servers' processor alone.
    let _ = Command::new("taskset").args(["-cp", "1", &std::process::id().to_string()]).output();
    let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let mut contestants = contestants(folder.path());
    for round in 0..ROUNDS {
        for (size, calls) in SIZES.into_iter().enumerate() {
            for contestant in &mut contestants {
                contestant.round(size, calls, round);
            }
        }
    }
    print(&contestants);
}

impl Contestant {
    fn new(name: &'static str, server: Server, data: Option<PathBuf>) -> Self {
        Self { name, server, data, results: [vec![], vec![]] }
    }

    fn round(&mut self, size: usize, calls: usize, round: usize) {
        let targets: Vec<load::Target> = match &self.data {
            Some(_) => tokens::calls(self.server.addr, calls, round),
            None => (0..calls).map(|_| load::Target { path: "/socket".into(), conversation: String::new() }).collect(),
        };
        let empty = self.server.resident();
        let mut marks = Vec::new();
        let measured = load::run(self.server.addr, targets, MEASURED, || {
            marks.push((self.server.cpu(), self.server.resident()));
        });
        let [(cpu_before, _), (cpu_after, full)] = marks[..] else { panic!("two marks") };
        self.results[size].push(Round {
            cpu_us: (cpu_after - cpu_before).as_secs_f64() * 1e6 / measured.frames.max(1) as f64,
            p50: measured.percentile_ms(0.5),
            p99: measured.percentile_ms(0.99),
            p999: measured.percentile_ms(0.999),
            frames: measured.frames,
            lost: measured.lost,
            kb_per_call: full.saturating_sub(empty) as f64 / 1e3 / calls as f64,
        });
        if let Some(data) = &self.data {
            // Recordings are closed by now or soon; a minute of a thousand calls would fill the disk.
            std::thread::sleep(Duration::from_secs(1));
            let _ = std::fs::remove_dir_all(data.join("recordings"));
        }
    }

    fn median(&self, size: usize, of: impl Fn(&Round) -> f64) -> f64 {
        median(self.results[size].iter().map(of).collect())
    }
}

fn contestants(folder: &Path) -> Vec<Contestant> {
    let ours = {
        let port = free_port();
        let data = folder.join("switchboard");
        std::fs::create_dir(&data).expect("a folder");
        tokens::prepare(&data);
        Contestant::new("switchboard", Server::start(switchboard(port, &data, CORE), port).0, Some(data))
    };
    let bare = {
        let port = free_port();
        let mut command = pinned(std::env::current_exe().expect("this program"), CORE);
        command.args(["--bare", &port.to_string()]);
        Contestant::new("bare-library", Server::start(command, port).0, None)
    };
    let node = {
        let port = free_port();
        let peer = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers/echo.mjs");
        let mut command = pinned("node", CORE);
        command.arg(peer).arg(port.to_string()).env("NODE_ENV", "production");
        Contestant::new("node-ws", Server::start(command, port).0, None)
    };
    vec![ours, bare, node]
}

#[expect(clippy::print_stdout, reason = "this is the report")]
fn print(contestants: &[Contestant]) {
    println!("audio echo, 50 frames/s of 640 B each way and call, medians of {ROUNDS} interleaved rounds");
    for (size, calls) in SIZES.into_iter().enumerate() {
        for contestant in contestants {
            let median = |of: fn(&Round) -> f64| contestant.median(size, of);
            println!(
                "  {calls:>5} calls  {:<14} {:>6.2} CPU us/frame  delay p50 {:>6.2} p99 {:>6.2} p99.9 {:>7.2} ms  {:>6.1} kB/call  \
                 {} frames, {} lost",
                contestant.name,
                median(|round| round.cpu_us),
                median(|round| round.p50),
                median(|round| round.p99),
                median(|round| round.p999),
                median(|round| round.kb_per_call),
                contestant.results[size].iter().map(|round| round.frames).sum::<u64>(),
                contestant.results[size].iter().map(|round| round.lost).sum::<u64>(),
            );
        }
    }
    let [ours, bare, node] = contestants else { panic!("three contestants") };
    for (size, calls) in SIZES.into_iter().enumerate() {
        let ratios = |top: &Contestant, bottom: &Contestant| {
            let pairs = top.results[size].iter().zip(&bottom.results[size]);
            median(pairs.map(|(top, bottom)| top.cpu_us / bottom.cpu_us).collect())
        };
        report(&format!("audio_socket/{calls}/node-ws"), "ratio", ratios(node, ours), 3.0, true);
        report(&format!("audio_socket/{calls}/bare-library"), "ratio", ratios(ours, bare), 1.15, false);
        let lost: u64 = ours.results[size].iter().map(|round| round.lost).sum();
        report(&format!("audio_socket/{calls}/lost"), "frames", lost as f64, 0.0, false);
    }
    report("audio_socket/200/p99", "ms", ours.median(0, |round| round.p99), 5.0, false);
    report(
        "audio_socket/1000/memory",
        "kB/call",
        ours.results[1].first().map_or(0.0, |round| round.kb_per_call),
        16.0,
        false,
    );
}

/// The socket library with nothing around it: the least that an echo can cost with it.
fn bare(port: u16) {
    // As our own program: a worker for each processor it may use, which is one.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("a listener");
        loop {
            let (tcp, _) = listener.accept().await.expect("a connection");
            tokio::spawn(echo(tcp));
        }
    });
}

async fn echo(mut tcp: TcpStream) {
    use futures::{SinkExt as _, StreamExt as _};
    let _ = tcp.set_nodelay(true);
    let mut start = [0; 12];
    if tcp.peek(&mut start).await.is_ok() && start == *b"GET /healthz" {
        let mut request = [0; 1024];
        let _ = tcp.read(&mut request).await;
        let _ = tcp.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nok\n").await;
        return;
    }
    let Ok((_, mut socket)) = ServerBuilder::new().accept(tcp).await else { return };
    while let Some(Ok(message)) = socket.next().await {
        if message.is_binary() && socket.send(message).await.is_err() {
            return;
        }
    }
}
