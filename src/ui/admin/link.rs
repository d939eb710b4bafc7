//! Where links on the operator's pages lead. What a page shows is in its address, so that a bookmark, the back button and a
//! sign-in in between come back to it.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What is encoded. Not the router's own `Url::escape`: on the server it leaves letters and digits only, and an address is
/// then `?from=2026%2D11%2D21`.
const SPECIAL: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// As a value in a query or a part of a path: everything but the plainest characters as `%XX`.
pub fn encoded(text: &str) -> String {
    utf8_percent_encode(text, SPECIAL).to_string()
}

/// A path with a query of those fields that are not empty.
pub fn to<'a>(path: &str, fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let fields = fields.into_iter().filter(|(_, value)| !value.is_empty());
    let pairs: Vec<String> = fields.map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
    if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodes_what_a_query_cannot_hold() {
        assert_eq!(encoded("/admin/calls?text=+44 &é"), "/admin/calls%3Ftext%3D%2B44%20%26%C3%A9");
    }

    #[test]
    fn an_address_has_the_fields_that_say_something() {
        assert_eq!(
            to("/a", [("x", ""), ("from", "2026-11-01"), ("text", "+44 7")]),
            "/a?from=2026-11-01&text=%2B44%207"
        );
        assert_eq!(to("/a", [("x", "")]), "/a");
    }
}
