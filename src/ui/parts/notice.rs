//! A sentence that has to be seen: how something came out, or what is not as it should be.

use leptos::prelude::*;

use super::icon::{Icon, Mark};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Info,
    Good,
    /// It works, and needs attention.
    Warn,
    Bad,
}

impl Tone {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Good => "good",
            Self::Warn => "warn",
            Self::Bad => "bad",
        }
    }
}

#[component]
pub fn Notice(
    tone: Tone,
    /// It answers what somebody has just done, so it is read out at once.
    #[prop(optional)]
    said: bool,
    children: Children,
) -> impl IntoView {
    let mark = match tone {
        Tone::Info => Mark::Info,
        Tone::Good => Mark::Done,
        Tone::Warn | Tone::Bad => Mark::Wrong,
    };
    let role = match (said, tone) {
        (false, _) => None,
        (true, Tone::Bad) => Some("alert"),
        (true, _) => Some("status"),
    };
    view! {
        <div class="notice" data-tone=tone.name() role=role>
            <Icon mark/>
            <div>{children()}</div>
        </div>
    }
}
