//! A page's microphone and speaker at a phone: a WebSocket with binary frames of 160 little-endian 16-bit samples
//! (20 ms at 8 kHz), both ways.

use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, State};
use axum::response::Response;
use futures::{SinkExt, StreamExt};

use super::control_api::{Refused, number};
use crate::exchange::Exchange;
use crate::media::handset::Handset;
use crate::media::{FRAME, Frame};

/// A frame on the wire.
const BYTES: usize = FRAME * 2;

pub(super) async fn audio(
    State(exchange): State<Exchange>,
    Path(text): Path<String>,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Refused> {
    let number = number(&exchange, &text)?;
    let stop = exchange.stop.clone();
    let tasks = exchange.tasks.clone();
    let handset = exchange.handset(&number);
    // Larger messages are several frames at once: a page that was asleep for a moment.
    let upgrade = upgrade.max_message_size(BYTES * 50);
    Ok(upgrade.on_upgrade(move |socket| async move {
        let Some(handset) = handset else { return };
        let _ = tasks.spawn(stop.run_until_cancelled_owned(carry(socket, handset))).await;
    }))
}

async fn carry(socket: WebSocket, handset: Handset) {
    let (microphone, mut speaker) = handset.attach_browser();
    let (mut out, mut input) = socket.split();
    let hear = async {
        while let Some(frame) = speaker.recv().await {
            let bytes: Vec<u8> = frame.iter().flat_map(|sample| sample.to_le_bytes()).collect();
            if out.send(Message::Binary(bytes.into())).await.is_err() {
                return;
            }
        }
    };
    let speak = async {
        while let Some(Ok(message)) = input.next().await {
            let Message::Binary(bytes) = message else { continue };
            for chunk in bytes.chunks_exact(BYTES) {
                let frame: Frame = std::array::from_fn(|n| i16::from_le_bytes([chunk[2 * n], chunk[2 * n + 1]]));
                // Full: late audio is worth nothing.
                if let Err(tokio::sync::mpsc::error::TrySendError::Closed(_)) = microphone.try_send(frame) {
                    return;
                }
            }
        }
    };
    tokio::select! {
        () = hear => {}
        () = speak => {}
    }
}
