//! What the page before says about a visitor: a search engine, a social network, a mailbox, or another site.
//!
//! Hosts of one company are told apart by what people do there: a visitor from `mail.google.com` read a mail, and did
//! not search. Networks that send their visitors over a host of their own for links (`l.facebook.com`, `t.co`) are the
//! network. Apps on Android name themselves as `android-app://PACKAGE/`.

/// Search engines by the name in their host; what stands before it must be one of [`SEARCHING`].
const ENGINES: [(&str, &str); 8] = [
    ("google.", "google"),
    ("bing.com", "bing"),
    ("duckduckgo.com", "duckduckgo"),
    ("baidu.com", "baidu"),
    ("yahoo.", "yahoo"),
    ("yandex.", "yandex"),
    ("sogou.com", "sogou"),
    ("ecosia.org", "ecosia"),
];

/// The parts of a search engine's host under which it searches. Two letters are a country: `uk.search.yahoo.com`.
const SEARCHING: [&str; 11] = ["www", "m", "wap", "search", "r", "images", "image", "news", "html", "lite", "global"];

/// Social networks by host; everything under it is theirs.
const NETWORKS: [(&str, &str); 31] = [
    ("facebook.com", "facebook"),
    ("fb.com", "facebook"),
    ("fb.me", "facebook"),
    ("messenger.com", "facebook"),
    ("instagram.com", "instagram"),
    ("threads.net", "threads"),
    ("threads.com", "threads"),
    ("twitter.com", "twitter"),
    ("x.com", "twitter"),
    ("t.co", "twitter"),
    ("linkedin.com", "linkedin"),
    ("lnkd.in", "linkedin"),
    ("reddit.com", "reddit"),
    ("redd.it", "reddit"),
    ("youtube.com", "youtube"),
    ("youtu.be", "youtube"),
    ("pinterest.com", "pinterest"),
    ("pin.it", "pinterest"),
    ("tiktok.com", "tiktok"),
    ("whatsapp.com", "whatsapp"),
    ("wl.co", "whatsapp"),
    ("telegram.org", "telegram"),
    ("t.me", "telegram"),
    ("vk.com", "vk"),
    ("tumblr.com", "tumblr"),
    ("weibo.com", "weibo"),
    ("weibo.cn", "weibo"),
    ("t.cn", "weibo"),
    ("zhihu.com", "zhihu"),
    ("xiaohongshu.com", "xiaohongshu"),
    ("douyin.com", "douyin"),
];

/// Mailboxes on the web whose name is better known than their host.
const MAILBOXES: [(&str, &str); 6] = [
    ("mail.google.com", "gmail"),
    ("inbox.google.com", "gmail"),
    ("outlook.live.com", "outlook"),
    ("outlook.office.com", "outlook"),
    ("outlook.office365.com", "outlook"),
    ("outlook.cloud.microsoft", "outlook"),
];

/// Apps on Android by their package: where they come from and how.
const APPS: [(&str, &str, &str); 15] = [
    ("com.google.android.gm", "gmail", "email"),
    ("com.google.android.gm.lite", "gmail", "email"),
    ("com.microsoft.office.outlook", "outlook", "email"),
    ("com.yahoo.mobile.client.android.mail", "yahoo mail", "email"),
    ("com.google.android.googlequicksearchbox", "google", "organic"),
    ("com.google.android.apps.searchlite", "google", "organic"),
    ("com.facebook.katana", "facebook", "social"),
    ("com.facebook.lite", "facebook", "social"),
    ("com.facebook.orca", "facebook", "social"),
    ("com.instagram.android", "instagram", "social"),
    ("com.twitter.android", "twitter", "social"),
    ("com.linkedin.android", "linkedin", "social"),
    ("com.reddit.frontpage", "reddit", "social"),
    ("com.pinterest", "pinterest", "social"),
    ("com.google.android.youtube", "youtube", "social"),
];

/// Source and medium of a visitor who came from `host` (lower case), by an address of this scheme.
#[must_use]
pub(super) fn source(scheme: &str, host: &str) -> (String, String) {
    let pair = |source: &str, medium: &str| (source.to_owned(), medium.to_owned());
    if scheme.eq_ignore_ascii_case("android-app") {
        return match APPS.iter().find(|(package, ..)| *package == host) {
            Some((_, source, medium)) => pair(source, medium),
            None => pair(host, "referral"),
        };
    }
    if let Some((_, mailbox)) = MAILBOXES.iter().find(|(known, _)| *known == host) {
        return pair(mailbox, "email");
    }
    // `wx.mail.qq.com`, `webmail.example.com`: nobody else calls a host so. The last two parts are the site itself.
    let labels: Vec<&str> = host.split('.').collect();
    let under = &labels[..labels.len().saturating_sub(2)];
    if under.iter().any(|label| matches!(*label, "mail" | "webmail" | "email")) {
        return pair(host, "email");
    }
    if let Some((_, network)) = NETWORKS.iter().find(|(known, _)| is_under(host, known)) {
        return pair(network, "social");
    }
    match ENGINES.iter().find(|(name, _)| searches(host, name)) {
        Some((_, engine)) => pair(engine, "organic"),
        None => pair(host, "referral"),
    }
}

fn is_under(host: &str, known: &str) -> bool {
    host.strip_suffix(known).is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

/// `www.google.co.uk` searches by the name `google.`; `accounts.google.com`, `notgoogle.com` and `google.example.com` do
/// not.
fn searches(host: &str, name: &str) -> bool {
    host.match_indices(name).any(|(at, _)| {
        let (before, behind) = (&host[..at], &host[at + name.len()..]);
        let country = |label: &str| (2..=3).contains(&label.len()) && label.bytes().all(|b| b.is_ascii_lowercase());
        let ends = match name.ends_with('.') {
            true => behind.split('.').count() <= 2 && behind.split('.').all(country),
            false => behind.is_empty(),
        };
        let before = before.strip_suffix('.').or_else(|| before.is_empty().then_some(""));
        let known = |label: &str| label.is_empty() || label.len() == 2 || SEARCHING.contains(&label);
        ends && before.is_some_and(|before| before.split('.').all(known))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(url: &str) -> (String, String) {
        let (scheme, rest) = url.split_once("://").unwrap();
        source(scheme, rest.split('/').next().unwrap())
    }

    #[test]
    fn case_28_mail_and_accounts_are_not_search() {
        for (from, source, medium) in [
            ("https://mail.google.com/", "gmail", "email"),
            ("android-app://com.google.android.gm/", "gmail", "email"),
            ("https://outlook.live.com/", "outlook", "email"),
            ("https://outlook.office365.com/", "outlook", "email"),
            ("https://mail.yahoo.com/", "mail.yahoo.com", "email"),
            ("https://eu.mail.yahoo.com/", "eu.mail.yahoo.com", "email"),
            ("https://mail.yandex.ru/", "mail.yandex.ru", "email"),
            ("https://wx.mail.qq.com/", "wx.mail.qq.com", "email"),
            ("https://webmail.example.com/", "webmail.example.com", "email"),
            ("https://accounts.google.com/", "accounts.google.com", "referral"),
            ("https://docs.google.com/", "docs.google.com", "referral"),
            ("https://meet.google.com/", "meet.google.com", "referral"),
            ("https://login.yahoo.com/", "login.yahoo.com", "referral"),
            ("https://pan.baidu.com/", "pan.baidu.com", "referral"),
            ("android-app://com.slack/", "com.slack", "referral"),
            ("https://google.example.com/", "google.example.com", "referral"),
            ("https://notgoogle.com/", "notgoogle.com", "referral"),
            ("https://mail.ru/", "mail.ru", "referral"),
        ] {
            assert_eq!(told(from), (source.to_owned(), medium.to_owned()), "{from}");
        }
    }

    #[test]
    fn case_28_a_networks_host_for_links_is_the_network() {
        for (from, source) in [
            ("https://l.facebook.com/", "facebook"),
            ("https://lm.facebook.com/", "facebook"),
            ("https://m.facebook.com/", "facebook"),
            ("https://www.facebook.com/", "facebook"),
            ("https://l.instagram.com/", "instagram"),
            ("https://t.co/", "twitter"),
            ("https://lnkd.in/", "linkedin"),
            ("https://www.linkedin.com/", "linkedin"),
            ("https://out.reddit.com/", "reddit"),
            ("https://away.vk.com/", "vk"),
            ("https://link.zhihu.com/", "zhihu"),
            ("android-app://com.facebook.katana/", "facebook"),
        ] {
            assert_eq!(told(from), (source.to_owned(), "social".to_owned()), "{from}");
        }
        assert_eq!(told("https://bt.co/").1, "referral");
        assert_eq!(told("https://notfacebook.com/").1, "referral");
    }

    #[test]
    fn case_28_search_engines_still_search() {
        for (from, source) in [
            ("https://www.google.com/", "google"),
            ("https://google.de/", "google"),
            ("https://www.google.co.uk/", "google"),
            ("https://www.google.com.hk/", "google"),
            ("android-app://com.google.android.googlequicksearchbox/", "google"),
            ("https://cn.bing.com/", "bing"),
            ("https://uk.search.yahoo.com/", "yahoo"),
            ("https://r.search.yahoo.com/", "yahoo"),
            ("https://search.yahoo.co.jp/", "yahoo"),
            ("https://m.baidu.com/", "baidu"),
            ("https://yandex.ru/", "yandex"),
            ("https://lite.duckduckgo.com/", "duckduckgo"),
            ("https://www.ecosia.org/", "ecosia"),
        ] {
            assert_eq!(told(from), (source.to_owned(), "organic".to_owned()), "{from}");
        }
    }
}
