//! Icons, inline: no request, and they take the text's colour. Drawn on a grid of 24, stroke 2.

use leptos::prelude::*;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    Logo,
    Phone,
    Microphone,
    Keypad,
    Signal,
    Clock,
    Person,
    Search,
}

impl Mark {
    fn path(self) -> &'static str {
        match self {
            Self::Logo => "M4 8h16M4 16h16M8 4v16M16 4v16",
            Self::Phone => "M5 4h4l2 5-2.5 1.5a11 11 0 0 0 5 5L15 13l5 2v4a2 2 0 0 1-2 2A16 16 0 0 1 3 6a2 2 0 0 1 2-2",
            Self::Microphone => "M12 3a3 3 0 0 0-3 3v5a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3M6 11a6 6 0 0 0 12 0M12 17v4",
            Self::Keypad => "M6 6h.01M12 6h.01M18 6h.01M6 12h.01M12 12h.01M18 12h.01M6 18h.01M12 18h.01M18 18h.01",
            Self::Signal => "M5 19v-4M10 19v-8M15 19V8M20 19V4",
            Self::Clock => "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 7v5l3 2",
            Self::Person => "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8M5 20a7 7 0 0 1 14 0",
            Self::Search => "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14M16 16l4 4",
        }
    }
}

/// Decoration: the word beside it says the same.
#[component]
pub fn Icon(mark: Mark) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
            <path d=mark.path()></path>
        </svg>
    }
}
