//! What is watched while a visitor's call lasts: levels, length, quality and the token's age.

use leptos::prelude::*;

use super::call::{Live, Stage, Step};
use super::driver::{Driver, held, running};
use super::visit::{FRESH_MS, renewed};
use crate::browser::levels::{Levels, Quality};
use crate::browser::page;
use crate::ui::softphone::audio::{Audio, Watched, set};
use crate::ui::softphone::driver::{SoftphoneDriver as _, left_until, refreshed};

/// The call of an attempt: the next one has a watch of its own.
#[derive(Clone, Copy)]
pub(super) struct Watch {
    pub driver: Driver,
    pub attempt: u32,
}

impl Watched for Watch {
    fn audio(self) -> Audio {
        let stage = self.driver.stage.get_untracked();
        if !self.driver.is_at(self.attempt) || !stage.is_running() {
            return Audio::Over;
        }
        let talks = matches!(stage, Stage::Live(Live { step: Step::Talking, .. }));
        let peer = running().and_then(|(client, call)| client.peer_connection(&call));
        peer.map_or(Audio::None, |peer| Audio::There { peer, talks })
    }

    fn levels(self) -> RwSignal<Levels> {
        self.driver.levels
    }

    fn quality(self) -> RwSignal<Quality> {
        self.driver.quality
    }

    fn ticked(self) {
        let since = self.driver.stage.get_untracked().since();
        let elapsed = since.map_or(0, |since| (page::now_ms() - since).max(0) / 1000);
        set(self.driver.elapsed, u32::try_from(elapsed).unwrap_or(u32::MAX));
    }

    async fn keep_token_fresh(self) {
        let Some((client, visit)) = held(|held| Some((held.sdk.client()?, held.current.clone()?))) else { return };
        let left = left_until(visit.expires_at_ms);
        let renewed = renewed(&visit);
        if let Some(visit) = refreshed(&client, left, FRESH_MS, renewed, |visit| &visit.token).await {
            held(|held| held.current = held.current.is_some().then_some(visit));
            self.driver.remember();
        }
    }
}
