//! Which language and which theme somebody chose. Kept in cookies, which only a choice sets.

use leptos::server;

use super::error::ApiError;

/// Where the forms of the choices are posted to.
pub const CHOOSE_LANGUAGE: &str = "/api/language";
pub const CHOOSE_THEME: &str = "/api/theme";

/// Remembers a language for a year and goes back to the page.
///
/// # Errors
/// Never, but for a request without a context.
#[server(prefix = "/api", endpoint = "language")]
pub async fn choose_language(#[server(default)] language: String) -> Result<(), ApiError> {
    remember("language", ["en", "zh-CN"].into_iter().find(|known| *known == language).unwrap_or("en"));
    Ok(())
}

/// Remembers a theme for a year and goes back to the page.
///
/// # Errors
/// As [`choose_language`].
#[server(prefix = "/api", endpoint = "theme")]
pub async fn choose_theme(#[server(default)] theme: String) -> Result<(), ApiError> {
    remember("theme", ["light", "dark"].into_iter().find(|known| *known == theme).unwrap_or("system"));
    Ok(())
}

/// Sets the cookie of a choice, and leads back to the page that asked.
#[cfg(not(target_arch = "wasm32"))]
fn remember(name: &str, value: &str) {
    use axum::http::{HeaderValue, header, request::Parts};
    use leptos::prelude::{expect_context, use_context};
    let response = expect_context::<leptos_axum::ResponseOptions>();
    let cookie = format!("{name}={value}; Path=/; Max-Age=31536000; SameSite=Lax");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.append_header(header::SET_COOKIE, cookie);
    }
    let parts = use_context::<Parts>();
    let referer = parts.as_ref().and_then(|parts| parts.headers.get(header::REFERER)?.to_str().ok());
    leptos_axum::redirect(&referer.and_then(page_of).unwrap_or_else(|| "/".to_owned()));
}

/// The path and query of a referer, which is a page of ours or nothing.
#[cfg(not(target_arch = "wasm32"))]
fn page_of(referer: &str) -> Option<String> {
    let url = url::Url::parse(referer).ok()?;
    // The login page may be the answer to a form, which has no page of its own.
    if url.path().starts_with("/api/") {
        return Some(super::paths::LOGIN.to_owned());
    }
    let path = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    super::paths::local_path(&path).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goes_back_to_the_page_and_never_elsewhere() {
        assert_eq!(page_of("https://a.example/admin/calls?show=missed#x").as_deref(), Some("/admin/calls?show=missed"));
        assert_eq!(page_of("https://a.example"), Some("/".to_owned()));
        assert_eq!(page_of("https://a.example//evil.example/"), None);
        assert_eq!(page_of("https://a.example/api/sign-in").as_deref(), Some("/login"));
        assert_eq!(page_of("nonsense"), None);
    }
}
