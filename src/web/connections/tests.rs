use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Bytes;
use axum::routing::{get, post};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpSocket;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::*;

/// No test waits for longer; none measures how long something took.
const DEADLINE: Duration = Duration::from_secs(20);
const NEVER: Duration = Duration::from_secs(3_600);
/// More than the buffers on the way hold.
const LARGE: usize = 32 << 20;
/// Between two events of `/stream`: longer than the limit under test.
const PAUSE: Duration = Duration::from_secs(5);

struct Server {
    addr: SocketAddr,
    stop: CancellationToken,
    /// A permit lets one request to `/slow` go on.
    gate: Arc<Semaphore>,
    /// How many handlers were reached.
    reached: Arc<AtomicUsize>,
    /// Cancelled when an answer of `/endless` was given up.
    gone: CancellationToken,
    task: JoinHandle<io::Result<()>>,
}

impl Server {
    async fn start(limits: ConnectionLimits) -> Self {
        let (gate, reached) = (Arc::new(Semaphore::new(0)), Arc::new(AtomicUsize::new(0)));
        let (slow, counted) = (Arc::clone(&gate), Arc::clone(&reached));
        let wait = move || async move {
            counted.fetch_add(1, Ordering::SeqCst);
            slow.acquire().await.unwrap().forget();
            "done"
        };
        let counted = Arc::clone(&reached);
        let page = move || async move {
            counted.fetch_add(1, Ordering::SeqCst);
            "page"
        };
        let counted = Arc::clone(&reached);
        let take = move |body: axum::body::Body| async move {
            counted.fetch_add(1, Ordering::SeqCst);
            match axum::body::to_bytes(body, 1_000).await {
                Ok(body) => (StatusCode::OK, body),
                Err(_) => (StatusCode::SERVICE_UNAVAILABLE, Bytes::new()),
            }
        };
        let gone = CancellationToken::new();
        let guard = gone.clone();
        // Without an end, so that it is more than all buffers on the way hold; giving it up drops it.
        let endless = move || async move {
            let guard = guard.drop_guard();
            Body::from_stream(futures::stream::repeat_with(move || {
                let _ = &guard;
                Ok::<_, std::convert::Infallible>(Bytes::from_static(&[b'x'; 64 << 10]))
            }))
        };
        let large = || async { Bytes::from(vec![b'x'; LARGE]) };
        // As live events are: now and then a few bytes.
        let stream = || async {
            Body::from_stream(futures::stream::unfold(0, |n| async move {
                if n > 0 {
                    sleep(PAUSE).await;
                }
                (n < 2).then(|| (Ok::<_, std::convert::Infallible>(format!("event {n}\n")), n + 1))
            }))
        };
        let router = Router::new()
            .route("/", get(page))
            .route("/endless", get(endless))
            .route("/large", get(large))
            .route("/stream", get(stream))
            .route("/slow", get(wait))
            .route("/healthz", get(|| async { "ok" }))
            .route("/webhooks/event", post(take));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (addr, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
        let task = tokio::spawn(serve(listener, router, limits, stop.clone()));
        Self { addr, stop, gate, reached, gone, task }
    }

    /// A connection from an address of the loopback.
    async fn connect(&self, from: &str) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(format!("{from}:0").parse().unwrap()).unwrap();
        socket.connect(self.addr).await.unwrap()
    }

    /// What a request is answered with: the status, or 0 when the connection is closed.
    async fn ask(&self, from: &str, path: &str) -> u16 {
        let mut stream = self.connect(from).await;
        send(&mut stream, &format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")).await;
        status(&rest(&mut stream).await)
    }

    async fn until_reached(&self, count: usize) {
        let reached = async {
            while self.reached.load(Ordering::SeqCst) < count {
                sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(DEADLINE, reached).await.expect("the requests did not reach their handlers");
    }

    async fn stopped(self) {
        self.stop.cancel();
        timeout(DEADLINE, self.task).await.expect("the server did not stop").unwrap().unwrap();
    }
}

async fn send(stream: &mut TcpStream, text: &str) {
    // Who was closed on finds out when it reads.
    let _ = stream.write_all(text.as_bytes()).await;
}

/// Everything until the connection is closed.
async fn rest(stream: &mut TcpStream) -> String {
    let mut all = Vec::new();
    let read = timeout(DEADLINE, stream.read_to_end(&mut all)).await.expect("the connection was not closed");
    // A reset is an end too.
    drop(read);
    String::from_utf8_lossy(&all).into_owned()
}

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
}

/// Nothing ends by itself.
fn patient(total: usize, per_address: usize) -> ConnectionLimits {
    ConnectionLimits { first_request: NEVER, idle: NEVER, unread: NEVER, ..ConnectionLimits::new(total, per_address) }
}

#[tokio::test]
async fn f8_silent_connections_keep_no_webhook_and_no_page_out() {
    let server = Server::start(patient(24, 9)).await;
    let mut silent = Vec::new();
    for n in 0..110 {
        let mut stream = server.connect(["127.0.0.1", "127.0.0.3", "127.0.0.4", "127.0.0.5"][n % 4]).await;
        if n % 3 == 0 {
            send(&mut stream, "POST /webhooks/event HTTP/1.1\r\nhost: x\r\nx-half: ").await;
        }
        silent.push(stream);
    }
    let mut webhook = server.connect("127.0.0.2").await;
    send(
        &mut webhook,
        "POST /webhooks/event HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 5\r\n\r\nhello",
    )
    .await;
    let answer = rest(&mut webhook).await;
    assert!(status(&answer) == 200 && answer.ends_with("hello"), "{answer}");
    assert_eq!(server.ask("127.0.0.2", "/").await, 200);
    assert_eq!(server.ask("127.0.0.1", "/healthz").await, 200, "also from where the silent ones come from");
    server.stopped().await;
}

#[tokio::test]
async fn f8_when_all_are_at_work_the_platform_and_health_checks_still_get_in() {
    let server = Server::start(ConnectionLimits { reserve: 4, ..patient(12, 12) }).await;
    let mut working = Vec::new();
    for n in 0..8 {
        let mut stream = server.connect(["127.0.0.3", "127.0.0.4"][n % 2]).await;
        send(&mut stream, "GET /slow HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
        working.push(stream);
    }
    server.until_reached(8).await;
    assert_eq!(server.ask("127.0.0.2", "/").await, 503);
    assert_eq!(server.ask("127.0.0.2", "/healthz").await, 200);
    let mut webhook = server.connect("127.0.0.2").await;
    send(&mut webhook, "POST /webhooks/event HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\n\r\n1").await;
    assert_eq!(status(&rest(&mut webhook).await), 200, "answered and closed, for the next one");
    server.gate.add_permits(8);
    for stream in &mut working {
        assert_eq!(status(&rest(stream).await), 200);
    }
    assert_eq!(server.ask("127.0.0.2", "/").await, 200);
    server.stopped().await;
}

#[tokio::test]
async fn f8_one_address_at_work_is_refused_more_and_others_are_not() {
    let server = Server::start(patient(64, 5)).await;
    let mut working = Vec::new();
    for _ in 0..5 {
        let mut stream = server.connect("127.0.0.3").await;
        send(&mut stream, "GET /slow HTTP/1.1\r\nhost: x\r\n\r\n").await;
        working.push(stream);
    }
    server.until_reached(5).await;
    assert_eq!(server.ask("127.0.0.3", "/").await, 0, "closed without an answer");
    assert_eq!(server.ask("127.0.0.4", "/").await, 200);
    server.gate.add_permits(5);
    server.stopped().await;
}

#[tokio::test]
async fn f8_who_sends_no_head_in_time_is_closed_and_so_is_who_idles() {
    let brief = Duration::from_millis(700);
    let server = Server::start(ConnectionLimits { first_request: brief, ..patient(64, 64) }).await;
    let mut silent = server.connect("127.0.0.1").await;
    let mut half = server.connect("127.0.0.1").await;
    send(&mut half, "GET / HTTP/1.1\r\nhos").await;
    assert_eq!(rest(&mut silent).await, "");
    assert_eq!(rest(&mut half).await, "");
    // A request that takes longer is not concerned.
    let mut slow = server.connect("127.0.0.1").await;
    send(&mut slow, "GET /slow HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    server.until_reached(1).await;
    let mut later = server.connect("127.0.0.1").await;
    assert_eq!(rest(&mut later).await, "");
    server.gate.add_permits(1);
    assert_eq!(status(&rest(&mut slow).await), 200);
    server.stopped().await;

    let server = Server::start(ConnectionLimits { idle: brief, ..patient(64, 64) }).await;
    let mut kept = server.connect("127.0.0.1").await;
    send(&mut kept, "GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(rest(&mut kept).await.ends_with("page"));
    server.stopped().await;
}

#[tokio::test]
async fn f8_who_reads_nothing_of_an_answer_is_given_up_and_slow_readers_and_quiet_streams_are_not() {
    // What is slow here is slow in total; from one piece to the next it is far quicker than the limit.
    let server = Server::start(ConnectionLimits { unread: Duration::from_secs(3), ..patient(64, 64) }).await;
    let ask = async |path: &str| {
        let mut stream = server.connect("127.0.0.1").await;
        send(&mut stream, &format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")).await;
        stream
    };
    let given_up = async {
        let unread = ask("/endless").await;
        timeout(DEADLINE, server.gone.cancelled()).await.expect("the answer is held for ever");
        // The client is still there, and has all that was sent.
        drop(unread);
    };
    let slowly = async {
        let mut stream = ask("/large").await;
        let (mut piece, mut read) = (vec![0; 512 << 10], 0);
        while let Ok(some @ 1..) = stream.read(&mut piece).await {
            read += some;
            sleep(Duration::from_millis(60)).await;
        }
        assert!(read > LARGE, "{read} bytes of {LARGE} and a head");
    };
    let quiet = async {
        let mut stream = ask("/stream").await;
        assert!(rest(&mut stream).await.contains("event 1"), "a stream on which nothing happens stays");
    };
    tokio::join!(given_up, slowly, quiet);
    server.stopped().await;
}

#[tokio::test]
async fn f21_half_a_request_does_not_keep_the_server_from_stopping_and_a_whole_one_is_answered() {
    let server = Server::start(patient(64, 64)).await;
    let _silent = server.connect("127.0.0.1").await;
    let mut head = server.connect("127.0.0.1").await;
    send(&mut head, "POST /webhooks/event HTTP/1.1\r\ncontent-len").await;
    let mut body = server.connect("127.0.0.1").await;
    send(&mut body, "POST /webhooks/event HTTP/1.1\r\nhost: x\r\ncontent-length: 90\r\n\r\nonly this").await;
    let mut idle = server.connect("127.0.0.1").await;
    send(&mut idle, "GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    let mut whole = server.connect("127.0.0.1").await;
    send(&mut whole, "GET /slow HTTP/1.1\r\nhost: x\r\n\r\n").await;
    server.until_reached(3).await;
    server.stop.cancel();
    // All that is no work ends while the work goes on.
    assert_eq!(rest(&mut head).await, "");
    assert_eq!(status(&rest(&mut body).await), 503);
    assert!(rest(&mut idle).await.ends_with("page"));
    assert!(!server.task.is_finished());
    server.gate.add_permits(1);
    assert!(rest(&mut whole).await.ends_with("done"));
    server.stopped().await;
}

#[test]
fn f8_what_cannot_be_accepted_is_tried_again_ever_later_and_never_at_once() {
    let mut pause = Pause::default();
    let pauses: Vec<u128> = (0..12).map(|_| pause.next().as_millis()).collect();
    assert_eq!(pauses[..3], [10, 20, 40]);
    assert!(pauses.windows(2).all(|two| two[0] <= two[1]) && pauses[11] == 1_000, "{pauses:?}");
    assert!(is_the_clients(&io::ErrorKind::ConnectionAborted.into()));
    assert!(!is_the_clients(&io::Error::from_raw_os_error(24)), "no files left");
}
