//! Where a call lives. A request about it that goes to another region's host is answered 404, so each call's own host is
//! kept with it and used for everything that concerns it (Voice API: "Regions"; the answer webhook's `region_url`).

use std::sync::Arc;

use super::Client;

impl Client {
    /// The same platform, whose calls and users are at this host unless a call says otherwise.
    #[must_use]
    pub fn at_home(&self, url: &str) -> Self {
        Self { region: Some(Arc::from(url.trim_end_matches('/'))), ..self.clone() }
    }

    /// The same platform, whose API host webhooks may call by these origins too.
    #[must_use]
    pub fn known_as(&self, origins: &[&str]) -> Self {
        Self { aliases: origins.iter().map(|origin| origin.trim_end_matches('/').to_owned()).collect(), ..self.clone() }
    }

    /// The same platform for one call, as its `region_url` says. One that is no address of the platform's is not used,
    /// which is logged: our tokens would go there.
    #[must_use]
    pub fn in_region(&self, url: Option<&str>) -> Self {
        let Some(url) = url else { return self.clone() };
        match self.region_of(url) {
            Some(own) => Self { region: Some(Arc::from(own)), ..self.clone() },
            None => {
                tracing::warn!("the region of a call is no address of the platform's; the configured one is used");
                self.clone()
            }
        }
    }

    /// The address to use for a `region_url`; `None` when it is not the platform's. A path is taken only below our own
    /// API host: the sandbox has its regions there.
    #[must_use]
    pub fn region_of(&self, url: &str) -> Option<String> {
        let parsed = url::Url::parse(url).ok()?;
        if parsed.query().is_some() || parsed.fragment().is_some() {
            return None;
        }
        let path = parsed.path().trim_end_matches('/');
        let aliases: Vec<&str> = self.aliases.iter().map(String::as_str).collect();
        if !self.is_platform(url, &aliases) {
            return None;
        }
        let origin = parsed.origin();
        let same = |other: &str| url::Url::parse(other).is_ok_and(|other| other.origin() == origin);
        if same(&self.urls.api) || aliases.iter().any(|alias| same(alias)) {
            return Some(format!("{}{path}", self.urls.api));
        }
        path.is_empty().then(|| origin.ascii_serialization())
    }

    /// The host of calls and users.
    pub(super) fn voice(&self) -> &str {
        self.region.as_deref().unwrap_or(&self.urls.api)
    }

    /// Whether our token may go to an address: the platform's own hosts over https, our configured API host, or one of
    /// `origins`.
    #[must_use]
    pub fn is_platform(&self, url: &str, origins: &[&str]) -> bool {
        let Ok(url) = url::Url::parse(url) else { return false };
        let own = |origin: &str| url::Url::parse(origin).is_ok_and(|own| own.origin() == url.origin());
        if !url.username().is_empty() || url.password().is_some() {
            return false;
        }
        let host = url.host_str().unwrap_or_default();
        let theirs = [".vonage.com", ".nexmo.com"].iter().any(|suffix| host.ends_with(suffix));
        (url.scheme() == "https" && url.port().is_none() && theirs)
            || own(&self.urls.api)
            || origins.iter().any(|origin| own(origin))
    }
}
