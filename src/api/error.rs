//! Why a server function has no answer.

use std::fmt;

use leptos::prelude::{FromServerFnError, ServerFnError};
use leptos::server_fn::error::{ServerFnErrorEncoding, ServerFnErrorErr};
use leptos::server_fn::{Bytes, ContentType, Decodes, Encodes, Format, FormatType};
use serde::{Deserialize, Serialize};

/// Why a server function has no answer: the server failed, and its log says at what; or the request or its answer did not
/// get through. That somebody may not do something is no error, but a value ([`Access`](super::Access)).
///
/// With Leptos' own error, `?` would send the words of any error to the browser. This one is made only of the errors that
/// `context` names, whose words go to the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiError(ServerFnError);

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromServerFnError for ApiError {
    type Encoder = Encoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        Self(ServerFnError::from_server_fn_error(error))
    }
}

/// An [`ApiError`] on its way to the browser: as Leptos writes its own.
pub struct Encoding;

impl ContentType for Encoding {
    const CONTENT_TYPE: &'static str = ServerFnErrorEncoding::CONTENT_TYPE;
}

impl FormatType for Encoding {
    const FORMAT_TYPE: Format = ServerFnErrorEncoding::FORMAT_TYPE;
}

impl Encodes<ApiError> for Encoding {
    type Error = fmt::Error;

    fn encode(error: &ApiError) -> Result<Bytes, fmt::Error> {
        ServerFnErrorEncoding::encode(&error.0)
    }
}

impl Decodes<ApiError> for Encoding {
    type Error = String;

    fn decode(bytes: Bytes) -> Result<ApiError, String> {
        ServerFnErrorEncoding::decode(bytes).map(ApiError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browser_tells_a_failed_server_from_a_failed_request() {
        let ours = ApiError::from_server_fn_error(ServerFnErrorErr::ServerError("internal error".into()));
        assert_eq!(ours.ser(), "ServerError|internal error");
        assert_eq!(ApiError::de(ours.ser()), ours);
        let lost = ApiError::from_server_fn_error(ServerFnErrorErr::Request("no network".into()));
        assert_eq!(ApiError::de(lost.ser()), lost);
        assert_ne!(lost, ours);
    }
}
