//! The load: a fixed number of requests over a fixed number of connections, each sending its next request as soon as
//! its last is answered. The same for every server.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::LocalSet;

use crate::support::now;

pub struct Measured {
    pub elapsed: Duration,
    /// One per request, sorted.
    pub latencies: Vec<Duration>,
}

impl Measured {
    pub fn per_second(&self) -> f64 {
        self.latencies.len() as f64 / self.elapsed.as_secs_f64()
    }

    /// The latency that `share` of the requests did not exceed, in milliseconds.
    pub fn percentile_ms(&self, share: f64) -> f64 {
        let index = ((self.latencies.len() - 1) as f64 * share) as usize;
        self.latencies[index].as_secs_f64() * 1_000.0
    }
}

/// Sends all `requests` and checks every answer: status 200 and a JSON array.
pub fn run(addr: SocketAddr, connections: usize, requests: Vec<Vec<u8>>) -> Measured {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let queue = Rc::new(RefCell::new(requests));
    let latencies = Rc::new(RefCell::new(Vec::with_capacity(queue.borrow().len())));
    let local = LocalSet::new();
    let elapsed = local.block_on(&runtime, async {
        let mut streams = Vec::new();
        for _ in 0..connections {
            let stream = TcpStream::connect(addr).await.expect("a connection");
            stream.set_nodelay(true).expect("TCP_NODELAY");
            streams.push(stream);
        }
        let began = now();
        let tasks: Vec<_> = streams
            .into_iter()
            .map(|stream| tokio::task::spawn_local(connection(stream, Rc::clone(&queue), Rc::clone(&latencies))))
            .collect();
        for task in tasks {
            task.await.expect("a connection that works");
        }
        began.elapsed()
    });
    let mut latencies = latencies.take();
    latencies.sort();
    Measured { elapsed, latencies }
}

async fn connection(mut stream: TcpStream, queue: Rc<RefCell<Vec<Vec<u8>>>>, latencies: Rc<RefCell<Vec<Duration>>>) {
    let mut buffer = vec![0; 16_384];
    loop {
        let Some(request) = queue.borrow_mut().pop() else { return };
        let sent = now();
        stream.write_all(&request).await.expect("a request goes out");
        let mut filled = 0;
        loop {
            let read = stream.read(&mut buffer[filled..]).await.expect("an answer");
            assert!(read > 0, "the server closed the connection");
            filled += read;
            if let Some(body) = body(&buffer[..filled]) {
                assert!(body.starts_with(b"["), "an NCCO, not {}", String::from_utf8_lossy(body));
                break;
            }
        }
        latencies.borrow_mut().push(sent.elapsed());
    }
}

/// The body of a whole answer; `None` while some of it is still to come.
fn body(answer: &[u8]) -> Option<&[u8]> {
    let head = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
    let text = std::str::from_utf8(&answer[..head]).expect("a head in ASCII");
    assert!(text.starts_with("HTTP/1.1 200"), "{text}");
    let length: usize = text
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.trim().parse().ok())
        .expect("a content-length");
    let body = &answer[head + 4..];
    (body.len() >= length).then_some(body)
}
