//! Whether a page is light or dark: as the system says, or as somebody chose.
//!
//! The choice is a cookie, as the language is, and the server draws the page with it: no page flashes in the other theme
//! first, and it works without JavaScript.

use leptos::prelude::*;

/// The cookie that remembers a choice.
pub const COOKIE: &str = "theme";

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// As the operating system or the browser is set.
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    pub const EVERY: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// The word for it in the cookie, the form and `data-theme`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::EVERY.into_iter().find(|theme| theme.name() == name)
    }

    /// What the button changes it to.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::System => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::System,
        }
    }

    /// For `color-scheme`, in CSS and in the page's head.
    #[must_use]
    pub fn schemes(self) -> &'static str {
        match self {
            Self::System => "light dark",
            other => other.name(),
        }
    }

    /// What a request's cookies ask for.
    #[must_use]
    pub fn asked(cookie: Option<&str>) -> Self {
        let pairs = cookie.into_iter().flat_map(|line| line.split(';')).filter_map(|pair| pair.split_once('='));
        let mut chosen = pairs.filter(|(name, _)| name.trim() == COOKIE);
        chosen.find_map(|(_, value)| Self::parse(value.trim())).unwrap_or_default()
    }
}

/// The theme of the page that is being drawn.
#[cfg(not(target_arch = "wasm32"))]
#[must_use]
pub fn here() -> Theme {
    use axum::http::header::COOKIE;
    use axum::http::request::Parts;
    let Some(parts) = use_context::<Parts>() else { return Theme::default() };
    Theme::asked(parts.headers.get(COOKIE).and_then(|value| value.to_str().ok()))
}

/// In the browser: the theme that the server drew the page with.
#[cfg(target_arch = "wasm32")]
#[must_use]
pub fn here() -> Theme {
    let name = document().document_element().and_then(|html| html.get_attribute("data-theme"));
    name.and_then(|name| Theme::parse(&name)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_read_and_anything_else_is_the_systems() {
        assert_eq!(Theme::asked(Some("language=en; theme=dark")), Theme::Dark);
        assert_eq!(Theme::asked(Some("theme=neon; theme=light")), Theme::Light);
        assert_eq!(Theme::asked(Some("themes=dark")), Theme::System);
        assert_eq!(Theme::asked(None), Theme::System);
    }

    #[test]
    fn three_presses_lead_back() {
        for theme in Theme::EVERY {
            assert_eq!(theme.next().next().next(), theme);
            assert_eq!(Theme::parse(theme.name()), Some(theme));
        }
    }
}
