//! Text that leaves our own hands unescaped unless we escape it: the page's title, and what stands in a text field.
//!
//! Leptos escapes texts and attributes. It does not escape the title, which `leptos_meta` writes into the head as it is,
//! nor the children of `textarea`, which it writes as they are as well. Both are done here and nowhere else; a test of the
//! architecture looks for other places.

use leptos::prelude::*;
use leptos_meta::ServerMetaContext;

/// The page's title. `text` is plain text, wherever it comes from.
#[component]
pub fn Title(#[prop(into)] text: String) -> impl IntoView {
    // In a browser it would be set as the document's title, which is no markup.
    let text = if use_context::<ServerMetaContext>().is_some() { escaped(&text) } else { text };
    view! { <leptos_meta::Title text/> }
}

/// What goes into the `inner_html` of a `textarea` that shows `text`: escaped, and after a line break, because browsers
/// drop the first one.
#[must_use]
pub fn in_text_field(text: &str) -> String {
    format!("\n{}", escaped(text))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f11_a_title_and_a_text_field_hold_no_markup() {
        for text in ["</title><meta http-equiv=refresh>", "<!--", "&lt;b&gt;", "</TEXTAREA\n>", "a\u{0}<b"] {
            let made = in_text_field(text);
            assert!(!made.contains('<') && !made.contains('>'), "{made:?}");
            let read = made.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
            assert_eq!(read, format!("\n{text}"), "nothing of it is lost");
        }
    }
}
