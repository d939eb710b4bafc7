//! A call's WebSocket from the upgraded connection on (RFC 6455; we are the server).
//!
//! Fifty frames a second go through here for each call, so it is ours and not the stream of a library: with that of
//! `tokio-websockets` the whole cost half as much again, and a call kept twice as much memory. Here a frame lies on the
//! thread's stack while it is handled, and a call keeps only what is not whole yet, of what came, and not sent yet, of what
//! goes. The headers are read and written by `tungstenite`; what is ours is the conversation around them: whole messages,
//! limits, goodbyes.

use std::io::Cursor;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tungstenite::protocol::frame::FrameHeader;
use tungstenite::protocol::frame::coding::{Control, Data, OpCode};

use super::outbox::Outbox;

/// The largest message that is read; a frame of audio has at most 960 bytes.
const LARGEST: usize = 4 << 10;
/// The longest header.
const HEADER: usize = 14;
/// The longest message that is none of audio or text (RFC 6455, 5.5).
const CONTROL: usize = 125;

/// What came.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Got<'a> {
    Audio(&'a [u8]),
    Text(&'a str),
    Ping(&'a [u8]),
    Closed,
}

impl<'a> Got<'a> {
    fn whole(kind: Data, message: &'a [u8]) -> Result<Self, Broken> {
        Ok(match kind {
            Data::Text => Self::Text(std::str::from_utf8(message).map_err(|_| Broken::Stranger)?),
            _ => Self::Audio(message),
        })
    }
}

/// Why nothing more comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Broken {
    /// The connection was closed, with a goodbye or without.
    Closed,
    /// The connection broke.
    Lost,
    /// What came is not of the protocol, or too long.
    Stranger,
}

/// The server's end of a WebSocket.
#[derive(Debug)]
pub(super) struct Socket<T> {
    wire: T,
    /// The beginning of a frame whose end has not come.
    rest: Vec<u8>,
    /// The beginning of a message that comes in pieces.
    pieces: Option<(Data, Vec<u8>)>,
    unflushed: bool,
}

impl<T: AsyncRead + AsyncWrite + Unpin> Socket<T> {
    pub(super) fn new(wire: T) -> Self {
        Self { wire, rest: Vec::new(), pieces: None, unflushed: false }
    }

    /// Reads once, and gives each message that is whole to `take`, until it says that it has enough.
    pub(super) fn poll_read<E>(
        &mut self,
        cx: &mut Context<'_>,
        mut take: impl FnMut(Got<'_>) -> Option<E>,
    ) -> Poll<Result<Option<E>, Broken>> {
        // A frame that fits goes in whole: what is kept of one is always shorter than this.
        let mut memory = [MaybeUninit::uninit(); HEADER + LARGEST];
        let mut read = ReadBuf::uninit(&mut memory);
        read.put_slice(&self.rest);
        match ready!(Pin::new(&mut self.wire).poll_read(cx, &mut read)) {
            Ok(()) if read.filled().len() > self.rest.len() => {}
            Ok(()) if self.rest.is_empty() => return Poll::Ready(Err(Broken::Closed)),
            _ => return Poll::Ready(Err(Broken::Lost)),
        }
        self.rest.clear();
        let mut bytes = read.filled_mut();
        while let Some(frame) = Frame::first(bytes)? {
            let (whole, others) = bytes.split_at_mut(frame.end);
            let payload = &mut whole[frame.start..];
            unmask(payload, frame.mask);
            if let Some(enough) = self.frame(&frame, payload, &mut take)? {
                return Poll::Ready(Ok(Some(enough)));
            }
            bytes = others;
        }
        self.rest.extend_from_slice(bytes);
        Poll::Ready(Ok(None))
    }

    fn frame<E>(
        &mut self,
        frame: &Frame,
        payload: &[u8],
        take: &mut impl FnMut(Got<'_>) -> Option<E>,
    ) -> Result<Option<E>, Broken> {
        match (frame.opcode, self.pieces.take()) {
            (OpCode::Data(Data::Continue), Some((kind, mut message))) => {
                message.extend_from_slice(payload);
                if message.len() > LARGEST {
                    return Err(Broken::Stranger);
                }
                if frame.last {
                    return Ok(take(Got::whole(kind, &message)?));
                }
                self.pieces = Some((kind, message));
                Ok(None)
            }
            (OpCode::Data(Data::Continue), None) | (OpCode::Data(_), Some(_)) => Err(Broken::Stranger),
            (OpCode::Data(kind), None) if frame.last => Ok(take(Got::whole(kind, payload)?)),
            (OpCode::Data(kind), None) => {
                self.pieces = Some((kind, payload.to_vec()));
                Ok(None)
            }
            // These come between the pieces of a message too.
            (OpCode::Control(control), pieces) => {
                self.pieces = pieces;
                Ok(match control {
                    Control::Close => take(Got::Closed),
                    Control::Ping => take(Got::Ping(payload)),
                    _ => None,
                })
            }
        }
    }

    /// Sends what waits. Ready when all of it went.
    pub(super) fn poll_send(&mut self, cx: &mut Context<'_>, outbox: &mut Outbox) -> Poll<Result<(), Broken>> {
        let wire = &mut self.wire;
        while let Some(bytes) = outbox.next() {
            match ready!(Pin::new(&mut *wire).poll_write(cx, bytes)) {
                Ok(written @ 1..) => outbox.sent(written),
                _ => return Poll::Ready(Err(Broken::Lost)),
            }
            self.unflushed = true;
        }
        if self.unflushed {
            ready!(Pin::new(wire).poll_flush(cx)).map_err(|_| Broken::Lost)?;
            self.unflushed = false;
        }
        Poll::Ready(Ok(()))
    }

    /// Closes our side of the connection.
    pub(super) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.wire).poll_shutdown(cx).map(drop)
    }
}

/// A frame that came whole: where its payload is.
#[derive(Debug)]
struct Frame {
    opcode: OpCode,
    /// The last of its message.
    last: bool,
    mask: [u8; 4],
    start: usize,
    end: usize,
}

impl Frame {
    /// The first of `bytes`, when it is whole.
    fn first(bytes: &[u8]) -> Result<Option<Self>, Broken> {
        let mut cursor = Cursor::new(bytes);
        let parsed = FrameHeader::parse(&mut cursor).map_err(|_| Broken::Stranger)?;
        let Some((header, length)) = parsed else { return Ok(None) };
        let FrameHeader { is_final: last, rsv1, rsv2, rsv3, opcode, mask } = header;
        let control = matches!(opcode, OpCode::Control(_));
        let most = if control { CONTROL } else { LARGEST };
        let length = usize::try_from(length).ok().filter(|length| *length <= most).ok_or(Broken::Stranger)?;
        if rsv1 || rsv2 || rsv3 || (control && !last) {
            return Err(Broken::Stranger);
        }
        // A client masks, always.
        let mask = mask.ok_or(Broken::Stranger)?;
        let start = usize::try_from(cursor.position()).map_err(|_| Broken::Stranger)?;
        let end = start + length;
        Ok((bytes.len() >= end).then_some(Self { opcode, last, mask, start, end }))
    }
}

/// Written so that the compiler makes wide moves of it.
fn unmask(payload: &mut [u8], mask: [u8; 4]) {
    let (words, rest) = payload.as_chunks_mut();
    for word in words {
        *word = (u32::from_ne_bytes(*word) ^ u32::from_ne_bytes(mask)).to_ne_bytes();
    }
    for (byte, mask) in rest.iter_mut().zip(mask) {
        *byte ^= mask;
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use futures::{SinkExt as _, StreamExt as _};
    use proptest::prelude::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};
    use tokio_websockets::{ClientBuilder, CloseCode, Config, Message};

    use super::*;

    #[derive(Debug, Clone, PartialEq, Eq)]
    enum Kept {
        Audio(Vec<u8>),
        Text(String),
        Ping(Vec<u8>),
        Closed,
    }

    fn keep(got: &Got<'_>) -> Kept {
        match got {
            Got::Audio(frame) => Kept::Audio(frame.to_vec()),
            Got::Text(text) => Kept::Text((*text).to_owned()),
            Got::Ping(payload) => Kept::Ping(payload.to_vec()),
            Got::Closed => Kept::Closed,
        }
    }

    /// Everything that comes, until it ends; and how it ends.
    async fn read_all(wire: impl AsyncRead + AsyncWrite + Unpin) -> (Vec<Kept>, Broken) {
        let (mut socket, mut all) = (Socket::new(wire), vec![]);
        loop {
            let read = poll_fn(|cx| {
                socket.poll_read(cx, |got| {
                    all.push(keep(&got));
                    None::<()>
                })
            });
            if let Err(broken) = read.await {
                return (all, broken);
            }
        }
    }

    /// Reads what comes in pieces of these sizes.
    async fn read_cut(bytes: Vec<u8>, sizes: Vec<usize>) -> (Vec<Kept>, Broken) {
        let (ours, mut theirs) = duplex(64);
        let sending = async move {
            let (mut rest, mut sizes) = (&bytes[..], sizes.into_iter().cycle());
            while !rest.is_empty() {
                let (now, later) = rest.split_at(sizes.next().unwrap_or(1).min(rest.len()));
                if theirs.write_all(now).await.is_err() {
                    return;
                }
                rest = later;
            }
        };
        tokio::join!(read_all(ours), sending).0
    }

    fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
        let mask = [7, 77, 177, 27];
        let mut bytes = vec![first];
        match payload.len() {
            short @ ..=125 => bytes.push(0x80 | short as u8),
            long => bytes.extend([0xFE, (long >> 8) as u8, long as u8]),
        }
        bytes.extend(mask);
        bytes.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
        bytes
    }

    /// The other side is a library's client.
    #[tokio::test]
    async fn speaks_with_a_client_of_the_library() {
        let (ours, theirs) = duplex(8 << 10);
        // Messages of more than 100 bytes come in pieces.
        let mut client = ClientBuilder::new().config(Config::default().frame_size(100)).take_over(theirs);
        let frame: Vec<u8> = (0..640_u32).map(|n| n as u8).collect();
        let talk = async {
            client.send(Message::text("{}")).await.unwrap();
            client.send(Message::binary(frame.clone())).await.unwrap();
            client.send(Message::ping("here?")).await.unwrap();
            // To the end: with the last of it the library sends its own goodbye.
            client.map(Result::unwrap).collect::<Vec<_>>().await
        };
        let serve = async {
            let (mut socket, mut outbox) = (Socket::new(ours), Outbox::default());
            let (mut kept, mut answered) = (vec![], 0);
            while kept.last() != Some(&Kept::Closed) {
                let read = poll_fn(|cx| {
                    socket.poll_read(cx, |got| {
                        kept.push(keep(&got));
                        None::<()>
                    })
                });
                read.await.unwrap();
                for got in &kept[answered..] {
                    match got {
                        Kept::Audio(frame) => outbox.audio(frame),
                        Kept::Text(text) => outbox.text(text),
                        Kept::Ping(payload) => {
                            outbox.pong(payload);
                            outbox.audio(&[1; 126]);
                            outbox.audio(&[2; 125]);
                            poll_fn(|cx| socket.poll_send(cx, &mut outbox)).await.unwrap();
                            outbox.text("never sent");
                            outbox.goodbye(1008, "slow");
                        }
                        Kept::Closed => {}
                    }
                }
                answered = kept.len();
                poll_fn(|cx| socket.poll_send(cx, &mut outbox)).await.unwrap();
            }
            poll_fn(|cx| socket.poll_shutdown(cx)).await;
            kept
        };
        let (came, kept) = tokio::join!(talk, serve);
        let said = [Kept::Text("{}".into()), Kept::Audio(frame.clone()), Kept::Ping(b"here?".to_vec()), Kept::Closed];
        assert_eq!(kept, said);
        let texts: Vec<_> = came.iter().filter_map(Message::as_text).collect();
        assert_eq!(texts, ["{}"]);
        let audio: Vec<_> =
            came.iter().filter(|message| message.is_binary()).map(|m| m.as_payload().to_vec()).collect();
        assert_eq!(audio, [frame, vec![1; 126], vec![2; 125]]);
        assert_eq!(came.last().and_then(Message::as_close), Some((CloseCode::POLICY_VIOLATION, "slow")));
        assert!(came.iter().any(|message| message.is_pong() && message.as_payload()[..] == b"here?"[..]));
    }

    #[tokio::test]
    async fn what_is_not_of_the_protocol_is_refused() {
        let refused: [(&str, Vec<u8>); 10] = [
            ("not masked", vec![0x82, 1, 0]),
            ("a reserved bit", masked(0xC2, b"x")),
            ("a reserved opcode", masked(0x83, b"x")),
            ("too long", masked(0x82, &[0; LARGEST + 1])),
            ("a long ping", masked(0x89, &[0; 126])),
            ("a ping in pieces", masked(0x09, b"x")),
            ("the end of nothing", masked(0x80, b"x")),
            ("a message within a message", [masked(0x02, b"x"), masked(0x82, b"x")].concat()),
            ("pieces without end", [masked(0x02, &[0; LARGEST]), masked(0x00, b"x")].concat()),
            ("no text", masked(0x81, &[0xFF])),
        ];
        for (what, bytes) in refused {
            let (kept, broken) = read_cut(bytes, vec![64]).await;
            assert_eq!((kept, broken), (vec![], Broken::Stranger), "{what}");
        }
        assert_eq!(read_cut(masked(0x82, &[0; LARGEST]), vec![64]).await.1, Broken::Closed);
        assert_eq!(read_cut(masked(0x82, b"whole")[..8].to_vec(), vec![64]).await.1, Broken::Lost, "half a frame");
    }

    #[tokio::test]
    async fn what_the_connection_does_not_take_waits() {
        let (ours, mut theirs) = duplex(100);
        let (mut socket, mut outbox) = (Socket::new(ours), Outbox::default());
        outbox.audio(&[5; 200]);
        assert!(poll_fn(|cx| Poll::Ready(socket.poll_send(cx, &mut outbox))).await.is_pending());
        assert_eq!(outbox.len(), 1);
        let mut came = vec![0; 204];
        let (sent, _) = tokio::join!(poll_fn(|cx| socket.poll_send(cx, &mut outbox)), theirs.read_exact(&mut came));
        assert_eq!((sent, &came[4..]), (Ok(()), &[5; 200][..]));
    }

    fn message() -> impl Strategy<Value = (Kept, Vec<u8>)> {
        let bytes = |most| prop::collection::vec(any::<u8>(), 0..most);
        prop_oneof![
            (bytes(1_000), 1_usize..400).prop_map(|(audio, piece)| {
                let mut wire = vec![];
                let pieces: Vec<&[u8]> = if audio.is_empty() { vec![&[]] } else { audio.chunks(piece).collect() };
                for (n, part) in pieces.iter().enumerate() {
                    let opcode = if n == 0 { 2 } else { 0 };
                    let last = if n + 1 == pieces.len() { 0x80 } else { 0 };
                    wire.extend(masked(opcode | last, part));
                }
                (Kept::Audio(audio), wire)
            }),
            "[a-zé世]{0,60}".prop_map(|text| {
                let wire = masked(0x81, text.as_bytes());
                (Kept::Text(text), wire)
            }),
            bytes(125).prop_map(|payload| {
                let wire = masked(0x89, &payload);
                (Kept::Ping(payload), wire)
            }),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// However the network cuts it.
        #[test]
        fn every_cut_gives_the_same_messages(
            messages in prop::collection::vec(message(), 0..12), sizes in prop::collection::vec(1_usize..2_000, 1..8)) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let (said, wire): (Vec<_>, Vec<_>) = messages.into_iter().unzip();
            let (kept, broken) = runtime.block_on(read_cut(wire.concat(), sizes));
            prop_assert_eq!(kept, said);
            prop_assert_eq!(broken, Broken::Closed);
        }

        #[test]
        fn nonsense_is_an_end_and_no_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let _ = runtime.block_on(read_cut(bytes, vec![7]));
        }
    }
}
