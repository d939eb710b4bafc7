//! Why no answer came from another server, or none that helps.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Why no answer came, or none that helps. As text it is English, for interfaces, the log and SQL; [`FromStr`] reads it back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Lost {
    /// Nothing listens there, or nobody leads there.
    NoConnection,
    /// The other side took too long.
    NoAnswer,
    /// The connection was lost before the answer was whole.
    Broken,
    /// It answered with this HTTP status.
    Status(u16),
    /// A name that no name server knows.
    NoHost,
    /// An address of our own network, where none may be.
    NotPublic,
    /// Something technical.
    Other(String),
}

/// In front of an HTTP status.
const STATUS: &str = "it answered ";
const WORDS: [(Lost, &str); 5] = [
    (Lost::NoConnection, "no connection"),
    (Lost::NoAnswer, "it did not answer in time"),
    (Lost::Broken, "the connection broke"),
    (Lost::NoHost, "its host is not known"),
    (Lost::NotPublic, "its host is not on the public internet"),
];

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(f, "{STATUS}{status}"),
            Self::Other(text) => f.write_str(text),
            plain => f.write_str(WORDS.iter().find(|(lost, _)| lost == plain).map_or("", |(_, words)| words)),
        }
    }
}

impl FromStr for Lost {
    type Err = Infallible;
    fn from_str(text: &str) -> Result<Self, Infallible> {
        if let Some((lost, _)) = WORDS.iter().find(|(_, words)| *words == text) {
            return Ok(lost.clone());
        }
        let status = text.strip_prefix(STATUS).and_then(|status| status.parse().ok());
        Ok(status.map_or_else(|| Self::Other(text.to_owned()), Self::Status))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_stored_as_text_is_read_back(text in "\\PC*", status in 100_u16..600) {
            let all = WORDS.map(|(lost, _)| lost).into_iter().chain([Lost::Status(status)]);
            for lost in all {
                prop_assert_eq!(lost.to_string().parse::<Lost>(), Ok(lost));
            }
            prop_assert_eq!(text.parse::<Lost>().map(|lost| lost.to_string()), Ok(text));
        }
    }
}
