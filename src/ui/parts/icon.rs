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
    Pause,
    Transfer,
    Add,
    Note,
    Voicemail,
    Team,
    Sound,
    Incoming,
    Outgoing,
    Globe,
    Megaphone,
    Close,
    Menu,
    Headset,
    Shield,
    Wave,
    Flow,
    Gear,
    Code,
    Page,
    Done,
    Wrong,
    Copy,
    Back,
    Play,
    Sun,
    Moon,
    HalfLight,
    /// More that can be done.
    Dots,
    Home,
    Shop,
    Left,
    Info,
    HangUp,
    /// Out of a room in which others stay.
    Leave,
    Download,
    Bin,
    Star,
    /// One way in, several out.
    Fork,
    /// What is yet to be done.
    Circle,
    /// Words that are said.
    Speech,
    /// What happened, line by line.
    Log,
    Up,
    Down,
    Plus,
}

impl Mark {
    fn path(self) -> &'static str {
        match self {
            Self::Log => "M9 6h11M9 12h11M9 18h11M4.500 6h.01M4.500 12h.01M4.500 18h.01",
            Self::Up => "M6 14l6-6 6 6",
            Self::Down => "M6 10l6 6 6-6",
            Self::Plus => "M12 5v14M5 12h14",
            Self::Star => "M12 4l2.5 5.2 5.5.8-4 4 1 5.6-5-2.7-5 2.7 1-5.6-4-4 5.5-.8z",
            Self::Logo => "M4 8h16M4 16h16M8 4v16M16 4v16",
            Self::Phone => "M5 4h4l2 5-2.5 1.5a11 11 0 0 0 5 5L15 13l5 2v4a2 2 0 0 1-2 2A16 16 0 0 1 3 6a2 2 0 0 1 2-2",
            Self::Microphone => "M12 3a3 3 0 0 0-3 3v5a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3M6 11a6 6 0 0 0 12 0M12 17v4",
            // Rings around points: points alone are paler than the lines of the others.
            Self::Keypad => {
                "M5 4.500a.5.5 0 1 0 0 1 .5.5 0 0 0 0-1M12 4.500a.5.5 0 1 0 0 1 .5.5 0 0 0 0-1M19 4.500a.5.5 0 1 0 0 1 .5.5 0 0 0 0-1M5 11.500a.5.5 0 1 0 0 1 .5.5 0 0 0 0-1M12 11.500a.5.5 0 1 0 0 1 .5.5 0 0 0 0-1M19 11.500a.5.5 0 1 0 0 1 .5.5 0 0 0 0-1M5 18.500a.5.5 0 1 0 0 1 .5.5 0 0 0 0-1M12 18.500a.5.5 0 1 0 0 1 .5.5 0 0 0 0-1M19 18.500a.5.5 0 1 0 0 1 .5.5 0 0 0 0-1"
            }
            Self::Fork => "M4 12h16M8 12c4 0 3-6 8-6h4M8 12c4 0 3 6 8 6h4",
            Self::Circle => "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16",
            Self::Speech => "M4 5h16v11h-8l-4 4v-4H4zM8 9h8M8 12h5",
            Self::Signal => "M5 19v-4M10 19v-8M15 19V8M20 19V4",
            Self::Clock => "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 7v5l3 2",
            Self::Person => "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8M5 20a7 7 0 0 1 14 0",
            Self::Search => "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14M16 16l4 4",
            Self::Pause => "M8 5v14M16 5v14",
            Self::Transfer => "M4 8h14l-4-4M20 16H6l4 4",
            Self::Add => "M9 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8M2 20a7 7 0 0 1 14 0M19 8v6M16 11h6",
            Self::Note => "M5 4h14v12l-4 4H5zM9 9h6M9 13h4",
            Self::Voicemail => "M6 9a4 4 0 1 0 0 8 4 4 0 0 0 0-8M18 9a4 4 0 1 0 0 8 4 4 0 0 0 0-8M6 17h12",
            Self::Team => "M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6M2 19a6 6 0 0 1 12 0M16 6a3 3 0 0 1 0 6M17 14a5 5 0 0 1 5 5",
            Self::Sound => "M4 10v4h4l5 4V6L8 10zM16 9a4 4 0 0 1 0 6M18.5 6.5a8 8 0 0 1 0 11",
            Self::Incoming => "M18 6L7 17M7 9v8h8",
            Self::Outgoing => "M6 18L17 7M9 7h8v8",
            Self::Globe => "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M3 12h18M12 3c5 5 5 13 0 18M12 3c-5 5-5 13 0 18",
            Self::Megaphone => "M4 10v4h3l9 5V5l-9 5zM19 10v4",
            Self::Close => "M6 6l12 12M18 6L6 18",
            Self::Menu => "M4 7h16M4 12h16M4 17h16",
            Self::Headset => "M4 15v-3a8 8 0 0 1 16 0v3M4 14h3v6H5a1 1 0 0 1-1-1zM20 14h-3v6h2a1 1 0 0 0 1-1z",
            Self::Shield => "M12 3l7 3v6c0 4-3 7-7 9-4-2-7-5-7-9V6z",
            Self::Wave => "M4 10v4M8 6v12M12 9v6M16 4v16M20 10v4",
            Self::Flow => "M5 4h6v5H5zM13 15h6v5h-6zM8 9v4a2 2 0 0 0 2 2h3M13 17.500h-3",
            Self::Gear => {
                "M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6M12 3v3M12 18v3M3 12h3M18 12h3M5.600 5.600l2.100 2.100M16.300 16.300l2.100 2.100M18.400 5.600l-2.100 2.100M7.700 16.300l-2.100 2.100"
            }
            Self::Code => "M8 7l-5 5 5 5M16 7l5 5-5 5M13 5l-2 14",
            Self::Page => "M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6",
            Self::Done => "M5 12.500l4.500 4.500L19 7.500",
            Self::Wrong => "M12 8v5M12 16.500h.01M12 3l9.500 17h-19z",
            Self::Play => "M7 5l12 7-12 7z",
            Self::Sun => {
                "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.500 1.500M17.500 17.500l1.500 1.500M19 5l-1.500 1.500M6.500 17.500l-1.500 1.500"
            }
            Self::Dots => "M12 5h.01M12 12h.01M12 19h.01",
            Self::Left => "M14 6l-6 6 6 6",
            Self::Shop => "M4 10v10h16V10M3 10l2-6h14l2 6a3 3 0 0 1-6 0 3 3 0 0 1-6 0 3 3 0 0 1-6 0M10 20v-6h4v6",
            Self::Home => "M4 11l8-7 8 7v9h-5v-6H9v6H4z",
            Self::Leave => "M13 4H5v16h8M10 12h10M16.500 8.500L20 12l-3.500 3.500",
            Self::Info => "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 11v6M12 7.500h.01",
            Self::HangUp => "M3 15c5-5 13-5 18 0l-2 3-4-1.500v-2.500a12 12 0 0 0-6 0v2.500L5 18z",
            Self::Download => "M12 4v11M7 11l5 5 5-5M5 20h14",
            Self::Bin => "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10 11v5M14 11v5",
            Self::Moon => "M20 14a8 8 0 1 1-10-10 6.500 6.500 0 0 0 10 10",
            // Filled on one side.
            Self::HalfLight => "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18v18M15 5.500v13M18 8v8",
            Self::Back => "M9 6L3 12l6 6M3 12h12a6 6 0 0 1 6 6",
            Self::Copy => "M9 9h11v11H9zM5 15H4V4h11v1",
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
