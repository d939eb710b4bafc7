//! Calls: each sends a frame every 20 ms, at a moment of its own, and checks what comes back.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use futures::{StreamExt as _, stream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::LocalSet;
use tokio::time::{MissedTickBehavior, interval_at};

use crate::support::now;

const FRAME: usize = 640;
/// Header of a client's frame: two bytes, two of length, four of mask.
const OUT: usize = 8 + FRAME;
/// Header of a server's frame: no mask.
const BACK: usize = 4 + FRAME;
const BEAT: Duration = Duration::from_millis(20);
/// Before and after the measured time.
const SETTLE: Duration = Duration::from_secs(2);

/// Calls that connect at the same time.
const CONNECTING: usize = 100;

/// What a call connects to.
pub struct Target {
    pub path: String,
    pub conversation: String,
}

#[derive(Default)]
pub struct Measured {
    /// Frames that came back in the measured time.
    pub frames: u64,
    /// Frames that did not come back, or not in their turn.
    pub lost: u64,
    delays: Vec<u32>,
}

impl Measured {
    /// The delay that `share` of the frames did not exceed, ms.
    pub fn percentile_ms(&self, share: f64) -> f64 {
        let index = (self.delays.len().saturating_sub(1) as f64 * share) as usize;
        self.delays.get(index).map_or(f64::NAN, |us| f64::from(*us) / 1_000.0)
    }
}

struct Shared {
    began: Instant,
    from: Duration,
    to: Duration,
    measured: RefCell<Measured>,
}

/// Runs the calls; `mark` is called when the measured time begins and when it ends.
pub fn run(addr: SocketAddr, targets: Vec<Target>, time: Duration, mut mark: impl FnMut()) -> Measured {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let local = LocalSet::new();
    let mut measured = local.block_on(&runtime, async {
        // Together: a call whose audio does not begin within ten seconds is hung up.
        let sockets: Vec<_> =
            stream::iter(&targets).map(|target| connect(addr, target)).buffered(CONNECTING).collect().await;
        let shared = Rc::new(Shared {
            began: now(),
            from: SETTLE,
            to: SETTLE + time,
            measured: RefCell::new(Measured::default()),
        });
        let calls = sockets.len() as u32;
        let tasks: Vec<_> = (0..)
            .zip(sockets)
            .map(|(n, socket)| tokio::task::spawn_local(call(socket, BEAT * n / calls, Rc::clone(&shared))))
            .collect();
        tokio::time::sleep_until((shared.began + shared.from).into()).await;
        mark();
        tokio::time::sleep_until((shared.began + shared.to).into()).await;
        mark();
        for task in tasks {
            task.await.expect("a call that works");
        }
        shared.measured.take()
    });
    measured.delays.sort_unstable();
    measured
}

async fn connect(addr: SocketAddr, target: &Target) -> TcpStream {
    let mut socket = TcpStream::connect(addr).await.expect("a connection");
    socket.set_nodelay(true).expect("TCP_NODELAY");
    let key = base64::engine::general_purpose::STANDARD.encode([7_u8; 16]);
    let request = format!(
        "GET {} HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-version: 13\r\n\
         sec-websocket-key: {key}\r\n\r\n",
        target.path
    );
    socket.write_all(request.as_bytes()).await.expect("a request goes out");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(socket.read_u8().await.expect("an answer"));
    }
    assert!(head.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&head));
    let first = format!(
        r#" {{"event":"websocket:connected","content-type":"audio/l16;rate=16000","call":"{}"}}"#,
        target.conversation
    );
    assert!(first.len() < 126, "a longer text has another header");
    let mut text = vec![0x81, 0x80 | u8::try_from(first.len()).expect("a short text")];
    // A mask of zeros changes nothing, and costs the server the same.
    text.extend_from_slice(&[0; 4]);
    text.extend_from_slice(first.as_bytes());
    socket.write_all(&text).await.expect("the first message goes out");
    socket
}

async fn call(socket: TcpStream, offset: Duration, shared: Rc<Shared>) {
    let (mut input, mut output) = socket.into_split();
    let all = ((shared.to + SETTLE - offset).as_millis() / BEAT.as_millis()) as u64;
    let (began, sending) = (shared.began, shared.began + offset);
    let writer = tokio::task::spawn_local(async move {
        let mut frame = [0; OUT];
        frame[..4].copy_from_slice(&[0x82, 0xFE, (FRAME >> 8) as u8, FRAME as u8]);
        // Something that is not silence, so that meters have work.
        for (n, byte) in frame[8..].iter_mut().enumerate() {
            *byte = (n * 37) as u8;
        }
        let mut beat = interval_at(sending.into(), BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Burst);
        for number in 0..all {
            beat.tick().await;
            frame[8..16].copy_from_slice(&number.to_le_bytes());
            frame[16..24].copy_from_slice(&(began.elapsed().as_micros() as u64).to_le_bytes());
            output.write_all(&frame).await.expect("a frame goes out");
        }
        output
    });
    let mut frame = [0; BACK];
    let (mut expected, mut lost) = (0, 0);
    while expected < all {
        match tokio::time::timeout(SETTLE, input.read_exact(&mut frame)).await {
            Ok(Ok(_)) => {}
            _ => break,
        }
        assert!(frame[..4] == [0x82, 126, (FRAME >> 8) as u8, FRAME as u8], "a whole frame, not {:?}", &frame[..4]);
        let number = u64::from_le_bytes(frame[4..12].try_into().expect("eight bytes"));
        let sent = Duration::from_micros(u64::from_le_bytes(frame[12..20].try_into().expect("eight bytes")));
        lost += u64::from(number != expected);
        expected = number + 1;
        if sent >= shared.from && sent < shared.to {
            let delay = began.elapsed().saturating_sub(sent);
            let mut measured = shared.measured.borrow_mut();
            measured.frames += 1;
            measured.delays.push(u32::try_from(delay.as_micros()).unwrap_or(u32::MAX));
        }
    }
    shared.measured.borrow_mut().lost += lost + (all - expected);
    drop(writer.await.expect("a writer that works"));
}
