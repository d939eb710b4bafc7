//! The platform's regions: data centres that a call lives in, each with hosts of its own.

/// The platform's regions, by the names that an application's `capabilities.voice.region` has (Application API v2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Region {
    NaEast,
    NaWest,
    EuWest,
    EuEast,
    ApacSng,
    ApacAustralia,
}

impl Region {
    pub const ALL: [Self; 6] =
        [Self::NaEast, Self::NaWest, Self::EuWest, Self::EuEast, Self::ApacSng, Self::ApacAustralia];

    /// Its name in the Application API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NaEast => "na-east",
            Self::NaWest => "na-west",
            Self::EuWest => "eu-west",
            Self::EuEast => "eu-east",
            Self::ApacSng => "apac-sng",
            Self::ApacAustralia => "apac-australia",
        }
    }

    /// Reads a name.
    ///
    /// # Errors
    /// A sentence with the names that there are.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wanted = text.trim();
        Self::ALL
            .into_iter()
            .find(|region| region.name().eq_ignore_ascii_case(wanted))
            .ok_or_else(|| format!("{wanted:?} is no region; there are {}", Self::ALL.map(Self::name).join(", ")))
    }

    fn host(self) -> &'static str {
        match self {
            Self::NaEast => "us-3",
            Self::NaWest => "us-4",
            Self::EuWest => "eu-3",
            Self::EuEast => "eu-4",
            Self::ApacSng => "ap-3",
            Self::ApacAustralia => "ap-4",
        }
    }

    /// The host of calls and users there (Client SDK: "Configure data center").
    #[must_use]
    pub fn api_url(self) -> String {
        format!("https://api-{}.vonage.com", self.host())
    }

    /// The host of the Client SDK's socket there.
    #[must_use]
    pub fn websocket_url(self) -> String {
        format!("wss://ws-{}.vonage.com", self.host())
    }
}

impl std::str::FromStr for Region {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::parse(text)
    }
}
