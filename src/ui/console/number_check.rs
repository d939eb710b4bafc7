//! A number while it is typed: what it is, and whether it can be called. The server knows, and is asked after a pause.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::station::Station;
use crate::api::contact_center::{Command, NumberCheck, Reply};
use crate::browser::page;

/// After the last key, ms.
const PAUSE_MS: u32 = 300;

/// What is shorter is not asked about, and is no number yet.
const SHORTEST: usize = 3;

/// Whether so little is typed that it cannot be a number.
pub fn is_short(typed: &str) -> bool {
    typed.trim().len() < SHORTEST
}

/// What the number in a field is. `None` while that is not known.
pub fn checked(station: Station, number: RwSignal<String>) -> RwSignal<Option<NumberCheck>> {
    let check = RwSignal::new(None::<NumberCheck>);
    let asked = StoredValue::new(0_u32);
    Effect::new(move |_| {
        let typed = number.get();
        asked.update_value(|asked| *asked += 1);
        let this = asked.get_value();
        if is_short(&typed) {
            return check.set(None);
        }
        spawn_local(async move {
            page::sleep(PAUSE_MS).await;
            // Something else was typed, or the field is gone.
            if asked.try_get_value() != Some(this) {
                return;
            }
            let reply = station.read(Command::CheckNumber { number: typed }).await;
            if asked.try_get_value() == Some(this) {
                check.set(if let Some(Reply::Number(found)) = reply { Some(found) } else { None });
            }
        });
    });
    check
}

/// A refusal is about the number that was checked, not about the one that is typed now.
pub fn forget_refusal(check: RwSignal<Option<NumberCheck>>) {
    check.update(|check| {
        check.take_if(|check| check.refusal.is_some());
    });
}
