//! Which key means what. Letters mean something with Alt only, so that nothing happens to those who type or who speak to
//! their computer (WCAG 2.1.4); Enter and Escape belong to the call that rings, unless a field or a button has them.

use super::station::Drawer;
use crate::api::contact_center::Desk;
use crate::browser::keys::{Focus, Key};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Does {
    Accept,
    Decline,
    HangUp,
    Mute,
    Hold,
    Open(Drawer),
    FocusNotes,
    FocusNumber,
    FinishWrapUp,
    /// What is open in the panel.
    Close,
}

/// What a key means now; `None`: nothing of ours.
#[must_use]
pub fn meaning(key: &Key, desk: &Desk) -> Option<Does> {
    let (offer, call) = (desk.offer.is_some(), desk.call.is_some());
    if key.alt && !key.ctrl {
        return Some(match key.code.as_str() {
            "KeyA" if offer => Does::Accept,
            "KeyX" if offer => Does::Decline,
            "KeyX" if call => Does::HangUp,
            "KeyM" if call => Does::Mute,
            "KeyH" if call => Does::Hold,
            "KeyK" if call => Does::Open(Drawer::Keypad),
            "KeyT" if call => Does::Open(Drawer::Transfer),
            "KeyP" if call => Does::Open(Drawer::Add),
            "KeyN" if desk.notes.is_some() => Does::FocusNotes,
            "KeyL" => Does::FocusNumber,
            _ => return None,
        });
    }
    match (key.key.as_str(), key.ctrl) {
        ("Enter", true) if desk.wrap_up.is_some() => Some(Does::FinishWrapUp),
        ("Enter", false) if offer && key.focus == Focus::Page => Some(Does::Accept),
        ("Escape", false) if offer && key.focus != Focus::Field => Some(Does::Decline),
        ("Escape", false) if call => Some(Does::Close),
        _ => None,
    }
}
