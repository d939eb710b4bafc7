//! What of the page is open: one of its views where there is no room for all, and a drawer in the panel of a call.

/// Which part of the page is before the others, where there is no room for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum View {
    Phone,
    #[default]
    Calls,
    Voicemail,
    Team,
    Sound,
}

impl View {
    pub const EVERY: [Self; 5] = [Self::Phone, Self::Calls, Self::Voicemail, Self::Team, Self::Sound];

    /// The value of `data-view`. **Stable**: style sheets and browser tests rely on it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Calls => "calls",
            Self::Voicemail => "voicemail",
            Self::Team => "team",
            Self::Sound => "sound",
        }
    }
}

/// What the agent picks in the panel of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Drawer {
    #[default]
    None,
    Keypad,
    Transfer,
    Add,
}
