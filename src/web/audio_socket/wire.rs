//! The connection behind an upgrade: the bare TCP socket where there is one, so that no layer of HTTP is left on the
//! way of fifty frames a second.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Bytes;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto::upgrade::downcast;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::web::connections::Sending;

/// An upgraded connection.
#[derive(Debug)]
pub(super) enum Wire {
    Tcp {
        /// What HTTP had read already.
        ahead: Bytes,
        tcp: TcpStream,
    },
    /// Anything else that was upgraded.
    Other(Box<TokioIo<Upgraded>>),
}

impl Wire {
    pub(super) fn new(upgraded: Upgraded) -> Self {
        match downcast::<TokioIo<Sending>>(upgraded) {
            Ok(parts) => {
                // A call's own limits say how far behind the other end may be.
                let tcp = parts.io.into_inner().into_inner();
                // A frame must not wait for the next one.
                let _ = tcp.set_nodelay(true);
                // A copy: what HTTP read into is kilobytes, nearly always empty, and would be kept as long as the call.
                Self::Tcp { ahead: Bytes::copy_from_slice(&parts.read_buf), tcp }
            }
            Err(upgraded) => Self::Other(Box::new(TokioIo::new(upgraded))),
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp { ahead, .. } if !ahead.is_empty() => {
                let some = ahead.split_to(ahead.len().min(buf.remaining()));
                buf.put_slice(&some);
                Poll::Ready(Ok(()))
            }
            Self::Tcp { tcp, .. } => Pin::new(tcp).poll_read(cx, buf),
            Self::Other(io) => Pin::new(io).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp { tcp, .. } => Pin::new(tcp).poll_write(cx, buf),
            Self::Other(io) => Pin::new(io).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp { tcp, .. } => Pin::new(tcp).poll_flush(cx),
            Self::Other(io) => Pin::new(io).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp { tcp, .. } => Pin::new(tcp).poll_shutdown(cx),
            Self::Other(io) => Pin::new(io).poll_shutdown(cx),
        }
    }
}
