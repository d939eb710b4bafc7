//! Which campaign a visitor of the web site belongs to, and how sure it is that a caller was a certain visitor.

use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use url::Url;

use super::campaign::Campaign;

/// What is known of where a visitor came from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Source {
    /// `google`, `news.example.com`; `direct` when nobody sent the visitor.
    pub source: String,
    /// `cpc`, `organic`, `referral`; `none` when nobody did.
    pub medium: String,
    /// `utm_campaign`
    pub campaign: String,
    pub term: String,
    pub content: String,
    /// The path of the first page.
    pub landing: String,
    /// The host that linked to it.
    pub referrer: String,
    /// Which kind of click id came along: `gclid`, `fbclid`, …; its value is [`Self::click_id`].
    pub click: String,
    pub click_id: String,
}

/// The longest text that is kept of an address.
const LONGEST: usize = 200;

/// The click ids of the advertising networks, and what a visit with one is when nothing else says it.
const CLICKS: [(&str, &str, &str); 8] = [
    ("gclid", "google", "cpc"),
    ("gbraid", "google", "cpc"),
    ("wbraid", "google", "cpc"),
    ("msclkid", "bing", "cpc"),
    ("fbclid", "facebook", "social"),
    ("ttclid", "tiktok", "cpc"),
    ("li_fat_id", "linkedin", "cpc"),
    ("twclid", "twitter", "cpc"),
];

impl Source {
    /// From the address of the first page and of the page that linked to it. What is no address says nothing.
    #[must_use]
    pub fn of(page: &str, referrer: &str) -> Self {
        let read = |text| Url::parse(text).ok().filter(Url::has_host);
        let (page, referrer) = (read(page), read(referrer));
        let value = |name: &str| {
            let mut pairs = page.iter().flat_map(Url::query_pairs);
            pairs.find(|(known, _)| known == name).map(|(_, value)| kept(&value)).unwrap_or_default()
        };
        let landing = page.as_ref().map(Url::path).unwrap_or_default();
        let scheme = referrer.as_ref().map(Url::scheme).unwrap_or_default();
        let from = host(referrer.as_ref());
        let foreign = if from == host(page.as_ref()) { String::new() } else { kept(&from) };
        let click = CLICKS.iter().find(|(name, ..)| !value(name).is_empty());
        let utm = value("utm_source").to_lowercase();
        let (source, medium) = if !utm.is_empty() {
            (utm, value("utm_medium").to_lowercase())
        } else if let Some((_, source, medium)) = click {
            ((*source).to_owned(), (*medium).to_owned())
        } else if !foreign.is_empty() {
            super::referrer::source(scheme, &foreign)
        } else {
            ("direct".to_owned(), "none".to_owned())
        };
        Self {
            source,
            medium,
            campaign: value("utm_campaign"),
            term: value("utm_term"),
            content: value("utm_content"),
            landing: kept(&percent_decode_str(landing).decode_utf8_lossy()),
            referrer: foreign,
            click: click.map(|(name, ..)| (*name).to_owned()).unwrap_or_default(),
            click_id: click.map(|(name, ..)| value(name)).unwrap_or_default(),
        }
    }
}

/// Lower case, without a port; an IPv6 address in its brackets.
fn host(url: Option<&Url>) -> String {
    // Only those of the schemes that browsers know are in lower case already.
    url.and_then(Url::host_str).unwrap_or_default().to_lowercase()
}

/// Without what cannot be printed, and not too long.
fn kept(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(LONGEST).collect::<String>().trim().to_owned()
}

/// The campaign of a visitor: of those that run on this day and fit, the one that fits closest; of equals the one that
/// started last. `None` when none fits.
#[must_use]
pub fn choose<'a>(
    campaigns: impl IntoIterator<Item = &'a Campaign>,
    visitor: &Source,
    day: i64,
) -> Option<&'a Campaign> {
    let running = campaigns.into_iter().filter(|campaign| campaign.runs_on(day));
    let fitting = running.filter_map(|campaign| fit(campaign, visitor).map(|fit| (fit, campaign)));
    fitting.max_by_key(|(fit, campaign)| (*fit, campaign.starts, campaign.id.as_str())).map(|(_, campaign)| campaign)
}

/// How closely a campaign fits; `None` when it does not. A campaign that asks for nothing fits nobody: its numbers are
/// printed somewhere.
fn fit(campaign: &Campaign, visitor: &Source) -> Option<u32> {
    let same = |asked: &str, given: &str| asked.is_empty() || asked.eq_ignore_ascii_case(given);
    let asks = !campaign.source.is_empty() || !campaign.landing.is_empty();
    let fits = asks
        && same(&campaign.source, &visitor.source)
        && same(&campaign.medium, &visitor.medium)
        && visitor.landing.starts_with(&campaign.landing);
    let named = !visitor.campaign.is_empty() && plain(&visitor.campaign) == plain(&campaign.name);
    let weight = |asked: &str, weight: u32| if asked.is_empty() { 0 } else { weight };
    fits.then(|| {
        u32::from(named) * 8 + weight(&campaign.landing, 4) + weight(&campaign.source, 2) + weight(&campaign.medium, 1)
    })
}

/// `Spring Ads` and `spring_ads` are the same name.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// After the end of a lease, its visitor may still call for this long, ms: the number is on a screen or a slip of paper.
pub const REMEMBERED_MS: i64 = 60 * 60 * 1000;
/// In this time the chance that a call is of a former visitor halves, ms.
const HALVES_MS: f64 = 10.0 * 60.0 * 1000.0;

/// A visitor who had a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    pub visitor: String,
    /// ms UTC.
    pub from: i64,
    pub until: i64,
}

/// Who called, as far as it can be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Likely {
    pub visitor: String,
    /// Percent: the weight of this visitor among all who could have called.
    pub confidence: i64,
    /// How many could have called, this one included.
    pub candidates: i64,
}

/// The visitor who most likely made a call at `at`. Who has the number on the screen weighs 1; who had it until a while
/// ago, half as much for every ten minutes.
#[must_use]
pub fn likely(leases: &[Lease], at: i64) -> Option<Likely> {
    let mut weights: Vec<(f64, &Lease)> = Vec::new();
    for lease in leases.iter().filter(|lease| lease.from <= at && at - lease.until < REMEMBERED_MS) {
        let late = (at - lease.until).max(0);
        // Milliseconds of an hour are exact in a double.
        let weight = 0.5_f64.powf(late as f64 / HALVES_MS);
        match weights.iter_mut().find(|(_, known)| known.visitor == lease.visitor) {
            Some(known) => known.0 = known.0.max(weight),
            None => weights.push((weight, lease)),
        }
    }
    let sum: f64 = weights.iter().map(|(weight, _)| weight).sum();
    let count = i64::try_from(weights.len()).unwrap_or(i64::MAX);
    let best = weights.into_iter().max_by(|(a, one), (b, other)| a.total_cmp(b).then(one.from.cmp(&other.from)))?;
    let confidence = (100.0 * best.0 / sum).round() as i64;
    Some(Likely { visitor: best.1.visitor.clone(), confidence, candidates: count })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::campaign::Draft;
    use super::*;

    fn campaign(id: &str, name: &str, source: &str, medium: &str, landing: &str) -> Campaign {
        let draft = Draft {
            name: name.into(),
            source: source.into(),
            medium: medium.into(),
            landing: landing.into(),
            destination: "447700900000".into(),
            ..Draft::default()
        };
        Campaign::read(id.into(), &draft).unwrap()
    }

    #[test]
    fn tells_where_a_visitor_came_from() {
        let tagged = Source::of(
            "https://Shop.example.com:8443/spring%20sale?utm_source=Google&utm_medium=CPC&utm_campaign=Spring+Ads&utm_term=red%20shoes&gclid=abc#top",
            "https://www.google.co.uk/",
        );
        assert_eq!((tagged.source.as_str(), tagged.medium.as_str()), ("google", "cpc"));
        assert_eq!((tagged.campaign.as_str(), tagged.term.as_str()), ("Spring Ads", "red shoes"));
        assert_eq!((tagged.landing.as_str(), tagged.referrer.as_str()), ("/spring sale", "www.google.co.uk"));
        assert_eq!((tagged.click.as_str(), tagged.click_id.as_str()), ("gclid", "abc"));
        let told = |page, referrer| {
            let source = Source::of(page, referrer);
            (source.source, source.medium)
        };
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(told("https://x.com/?fbclid=1", ""), pair("facebook", "social"));
        assert_eq!(told("https://x.com/", "https://www.baidu.com/s?wd=x"), pair("baidu", "organic"));
        assert_eq!(told("https://x.com/", "https://notgoogle.com/"), pair("notgoogle.com", "referral"));
        assert_eq!(told("https://x.com/b", "https://x.com/a"), pair("direct", "none"));
        assert_eq!(told("", ""), pair("direct", "none"));
        assert_eq!(Source::of("https://x.com/?utm_source=a%00b", "").source, "ab");
    }

    #[test]
    fn addresses_are_read_as_browsers_read_them() {
        let told = |page, referrer| Source::of(page, referrer).referrer;
        assert_eq!(told("http://[2001:db8::1]:8080/a", "http://[2001:DB8::2]/b"), "[2001:db8::2]");
        assert_eq!(
            told("http://[2001:db8::1]:8080/a", "http://[2001:db8:0::1]/b"),
            "",
            "the same host, spelled longer"
        );
        assert_eq!(told("http://[::1]/", "http://[::1]:3000/"), "");
        assert_eq!(told("https://x.com/", "https://me:secret@Other.example:444/b"), "other.example");
        assert_eq!(told("https://x.com/", "android-app://com.Google.android.gm/"), "com.google.android.gm");
        let source =
            Source::of("https://x.com/a+b%2Bc?utm_source=a%+5b&utm_term=%2&utm_content=100%&utm_%63ampaign=x", "");
        // `%+5` is no byte, and a plus is a space in a query only.
        assert_eq!((source.source.as_str(), source.landing.as_str()), ("a% 5b", "/a+b+c"));
        assert_eq!((source.term.as_str(), source.content.as_str(), source.campaign.as_str()), ("%2", "100%", "x"));
        assert_eq!(Source::of("https://x.com?utm_source=a#?b", "").landing, "/");
        for text in ["", "x.com/landing?utm_source=a", "about:blank", "https://", "javascript:alert(1)"] {
            assert_eq!(Source::of(text, text), Source::of("", ""), "{text} is no address of a page");
        }
    }

    #[test]
    fn the_closest_campaign_takes_the_visitor() {
        let google = campaign("1", "All of Google", "google", "", "");
        let ads = campaign("2", "Ads", "google", "cpc", "");
        let spring = campaign("3", "Spring Ads", "google", "cpc", "");
        let page = campaign("4", "Landing", "", "", "/spring");
        let print = campaign("5", "Poster", "", "", "");
        let all = [google, ads, spring, page, print];
        let chosen = |page: &str| choose(&all, &Source::of(page, ""), 0).map(|campaign| campaign.id.clone());
        assert_eq!(chosen("https://x.com/?utm_source=google&utm_medium=organic").as_deref(), Some("1"));
        assert_eq!(
            chosen("https://x.com/?utm_source=google&utm_medium=cpc&utm_campaign=spring-ads").as_deref(),
            Some("3")
        );
        assert_eq!(chosen("https://x.com/spring/1?utm_source=google&utm_medium=cpc").as_deref(), Some("4"));
        assert_eq!(chosen("https://x.com/?utm_source=newsletter"), None);
        assert_eq!(chosen("https://x.com/"), None);
        let over = Campaign { ends: Some(5), ..all[0].clone() };
        assert_eq!(choose([&over], &Source::of("https://x.com/?utm_source=google", ""), 6), None);
    }

    const MINUTE: i64 = 60_000;

    fn lease(visitor: &str, from: i64, until: i64) -> Lease {
        Lease { visitor: visitor.into(), from: from * MINUTE, until: until * MINUTE }
    }

    #[test]
    fn says_how_sure_it_is() {
        let now = 100 * MINUTE;
        let sure =
            |leases: &[Lease]| likely(leases, now).map(|likely| (likely.visitor, likely.confidence, likely.candidates));
        assert_eq!(sure(&[]), None);
        assert_eq!(sure(&[lease("a", 90, 120)]), Some(("a".into(), 100, 1)));
        // Another had it until ten minutes ago: two thirds for who has it now.
        assert_eq!(sure(&[lease("a", 95, 120), lease("b", 60, 90)]), Some(("a".into(), 67, 2)));
        assert_eq!(sure(&[lease("b", 60, 90)]), Some(("b".into(), 100, 1)), "nobody else could have called");
        assert_eq!(sure(&[lease("b", 0, 39)]), None, "forgotten after an hour");
        assert_eq!(sure(&[lease("a", 101, 120)]), None, "who gets it later did not call");
        assert_eq!(sure(&[lease("a", 95, 120), lease("a", 60, 90)]), Some(("a".into(), 100, 1)));
    }

    proptest! {
        #[test]
        fn a_confidence_is_a_share(spans in proptest::collection::vec((0_i64..200, 0_i64..60), 0..12), now in 0_i64..300) {
            let leases: Vec<Lease> = spans.iter().enumerate().map(|(n, (from, length))| lease(&n.to_string(), *from, from + length)).collect();
            if let Some(likely) = likely(&leases, now * MINUTE) {
                prop_assert!((1..=100).contains(&likely.confidence));
                // The likeliest of n weighs at least an nth.
                prop_assert!(likely.confidence + 1 >= 100 / likely.candidates);
            }
        }

        #[test]
        fn addresses_never_panic(page in "\\PC{0,80}", referrer in "\\PC{0,80}") {
            let source = Source::of(&page, &referrer);
            prop_assert!(source.landing.chars().count() <= 200);
        }
    }
}
