//! How a call sounds: watched while it lasts, and shown when it changes.

use std::future::Future;

use leptos::prelude::*;
use wasm_bindgen::JsValue;

use crate::browser::levels::{self, Arrival, Levels, Meter, Quality, Reception};
use crate::browser::page;

/// How often levels are shown, ms. Everything else here is counted in these ticks.
pub const TICK_MS: u32 = 100;
/// How often it is looked whether anything arrives.
const ARRIVAL_TICKS: u32 = 5;
/// How often the connection is judged: shorter, and a lost packet or two would look like a bad line.
const QUALITY_TICKS: u32 = 20;
/// How often the age of the session's token is looked at.
const TOKEN_TICKS: u32 = 100;

/// A call's audio, as it is now.
pub enum Audio {
    /// There is none at the moment.
    None,
    There {
        peer: JsValue,
        /// Somebody is there to be heard: levels mean something.
        talks: bool,
    },
    /// The call is over: nothing is watched any more.
    Over,
}

/// A softphone whose audio is watched.
pub trait Watched: Copy + 'static {
    fn audio(self) -> Audio;

    /// Where it is shown.
    fn levels(self) -> RwSignal<Levels>;
    fn quality(self) -> RwSignal<Quality>;

    /// Something of the other side should arrive now.
    fn expects_sound(self) -> bool {
        false
    }

    /// Whether nothing of the other side arrives though it should.
    fn deaf(self, _deaf: bool) {}

    /// There is no audio.
    fn silent(self) {}

    /// Time passes.
    fn ticked(self) {}

    fn keep_token_fresh(self) -> impl Future<Output = ()>;
}

/// Watches levels, quality and the token's age.
pub async fn watch<W: Watched>(watched: W) {
    let (mut meter, mut before) = (None::<Meter>, Reception::default());
    let mut arrival = Arrival::default();
    for tick in 0_u32.. {
        page::sleep(TICK_MS).await;
        let (peer, talks) = match watched.audio() {
            Audio::None => (None, false),
            Audio::There { peer, talks } => (Some(peer), talks),
            Audio::Over => break,
        };
        match &peer {
            Some(peer) if talks => {
                if !meter.as_ref().is_some_and(|meter| meter.is_of(peer)) {
                    meter = Meter::new(peer);
                    before = Reception::default();
                }
            }
            _ => meter = None,
        }
        set(watched.levels(), meter.as_ref().map_or_else(Levels::default, Meter::levels));
        watched.ticked();
        if is_last_of(ARRIVAL_TICKS, tick) {
            let (expected, judges) = (peer.is_some() && watched.expects_sound(), is_last_of(QUALITY_TICKS, tick));
            if !expected {
                arrival = Arrival::expected(page::now_ms());
                watched.deaf(false);
            }
            if peer.is_none() {
                watched.silent();
            }
            if let Some(peer) = peer.filter(|_| expected || judges)
                && let Some(reading) = levels::reception(peer).await
            {
                let mut deaf = false;
                if expected {
                    let now = page::now_ms();
                    arrival = arrival.read(reading, now);
                    deaf = arrival.is_deaf(now);
                    watched.deaf(deaf);
                }
                if deaf {
                    set(watched.quality(), Quality::Poor);
                }
                if judges {
                    let quality = levels::judge(before, reading);
                    if quality != Quality::Unknown && !deaf {
                        set(watched.quality(), quality);
                    }
                    before = reading;
                }
            }
        }
        if is_last_of(TOKEN_TICKS, tick) {
            watched.keep_token_fresh().await;
        }
    }
}

fn is_last_of(ticks: u32, tick: u32) -> bool {
    tick % ticks == ticks - 1
}

/// Only when it changes: every change paints.
pub fn set<T: PartialEq + Copy + Send + Sync + 'static>(signal: RwSignal<T>, value: T) {
    if signal.get_untracked() != value {
        signal.set(value);
    }
}
