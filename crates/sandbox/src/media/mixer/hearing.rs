//! Who hears whom: what is set for each leg.

/// Whether a leg speaks and hears at all. Default: both.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ears {
    /// Nobody hears this leg.
    pub muted: bool,
    /// This leg hears nobody and nothing, playbacks included; it is sent silence.
    pub earmuffed: bool,
}

/// Which legs a leg may speak to and hear, as the NCCO action `conversation` has it (`canSpeak`, `canHear`).
/// `None` is everybody, an empty list nobody. A hears B when B may speak to A and A may hear B. Playbacks are not
/// subject to it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    pub can_speak: Option<Vec<String>>,
    pub can_hear: Option<Vec<String>>,
}
