//! A visitor of the operator's web site is shown the number of the campaign that brought them; where the campaign has a
//! pool, a number of their own.

use std::net::IpAddr;

use super::tracking::Tracking;
use crate::domain::call_tracking::attribution::{Source, choose};
use crate::domain::call_tracking::campaign::Campaign;
use crate::service::core::ServiceError;
use crate::service::random;
use crate::store::call_tracking::visitors::VisitorRow;

/// What a page says of its visitor.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hello {
    /// The id that the visitor was given before in this visit.
    pub visitor: Option<String>,
    /// The whole address of the page.
    pub page: String,
    /// The whole address of the page that linked to it.
    pub referrer: String,
}

/// What the page shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Greeting {
    /// To be sent with the next [`Hello`]; `None` when no campaign brought the visitor: then nothing is kept.
    pub visitor: Option<String>,
    /// Digits; `None` leaves the page as it is.
    pub number: Option<String>,
    /// Until when the number is this visitor's alone, ms UTC.
    pub until: Option<i64>,
    /// The numbers that are to be replaced: digits.
    pub replaces: Vec<String>,
}

/// A visitor is forgotten so long after they were last seen, ms: one who comes back then is a new visitor.
const VISIT_MS: i64 = 30 * 60 * 1000;

impl Tracking {
    /// Greets a visitor, or greets them again. Limited per address and in total: beyond, there is none.
    pub async fn greet(&self, client: IpAddr, hello: &Hello) -> Result<Option<Greeting>, ServiceError> {
        if self.greetings.pass(client).is_err() {
            return Ok(None);
        }
        let now = self.core.clock.now_ms();
        let known = match hello.visitor.as_deref().filter(|id| id.len() <= 64) {
            Some(id) => self.core.store.visitors().find(id).await?,
            None => None,
        };
        let row = known.filter(|row| now - row.seen_at < VISIT_MS.max(self.lease_ms(row)));
        match row {
            Some(row) => self.greet_again(row, now).await.map(Some),
            None => self.greet_first(hello, now).await.map(Some),
        }
    }

    fn lease_ms(&self, row: &VisitorRow) -> i64 {
        let known = self.lines.known_campaigns();
        let campaign = row.campaign.as_deref().and_then(|id| known.campaign(id));
        campaign.map_or(0, |campaign| campaign.lease_minutes * 60_000)
    }

    fn greeting(&self, visitor: Option<String>, number: Option<String>, until: Option<i64>) -> Greeting {
        let replaces = vec![self.core.settings.support.number.digits().to_owned()];
        Greeting { visitor, number, until, replaces }
    }

    async fn greet_first(&self, hello: &Hello, now: i64) -> Result<Greeting, ServiceError> {
        let known = self.lines.known_campaigns();
        let source = Source::of(&hello.page, &hello.referrer);
        let Some(campaign) = choose(&known.campaigns, &source, self.lines.today()) else {
            return Ok(self.greeting(None, None, None));
        };
        let mut row = self.visitor_row(campaign, source, now);
        let (number, until) = self.number_for(campaign, &row.id, now, &mut row.leased, &mut row.turned_away).await?;
        row.number.clone_from(&number);
        self.core.store.visitors().insert(&row).await?;
        Ok(self.greeting(Some(row.id), number, until))
    }

    fn visitor_row(&self, campaign: &Campaign, source: Source, now: i64) -> VisitorRow {
        VisitorRow {
            // Nobody must be able to guess another visitor's, and so keep their number busy.
            id: random::secret(&self.core.random, 18),
            campaign: Some(campaign.id.clone()),
            source: source.source,
            medium: source.medium,
            name: source.campaign,
            term: source.term,
            content: source.content,
            landing: source.landing,
            referrer: source.referrer,
            click: source.click,
            click_id: source.click_id,
            number: None,
            leased: false,
            turned_away: false,
            created_at: now,
            seen_at: now,
        }
    }

    async fn greet_again(&self, row: VisitorRow, now: i64) -> Result<Greeting, ServiceError> {
        let store = &self.core.store;
        let until = now + self.lease_ms(&row);
        let own = row.number.as_deref().filter(|_| row.leased);
        let held = store.visitors().hold_lease(&row.id, own.unwrap_or("-"), now, until).await?;
        if held {
            return Ok(self.greeting(Some(row.id), row.number, Some(until)));
        }
        let known = self.lines.known_campaigns();
        let Some(campaign) = row.campaign.as_deref().and_then(|id| known.campaign(id)) else {
            return Ok(self.greeting(Some(row.id), None, None));
        };
        // The number went to somebody else meanwhile, or there was none: perhaps there is one now.
        let (mut leased, mut turned_away) = (false, false);
        let (number, until) = self.number_for(campaign, &row.id, now, &mut leased, &mut turned_away).await?;
        // Who was turned away once stays counted.
        store.visitors().shows(&row.id, number.as_deref(), leased, turned_away || row.turned_away).await?;
        Ok(self.greeting(Some(row.id), number, until))
    }

    /// A number of the pool if one is free, else the campaign's own, which then says the campaign and not the visitor.
    async fn number_for(
        &self,
        campaign: &Campaign,
        visitor: &str,
        now: i64,
        leased: &mut bool,
        turned_away: &mut bool,
    ) -> Result<(Option<String>, Option<i64>), ServiceError> {
        let known = self.lines.known_campaigns();
        if known.numbers_of(&campaign.id).any(|row| row.pool) {
            let until = now + campaign.lease_minutes * 60_000;
            let id = self.core.random.id();
            if let Some(number) = self.core.store.visitors().lease(&id, &campaign.id, visitor, now, until).await? {
                *leased = true;
                self.live.page_changed();
                return Ok((Some(number), Some(until)));
            }
            *turned_away = true;
        }
        let own = known.numbers_of(&campaign.id).filter(|row| !row.pool).min_by_key(|row| row.from_at);
        Ok((own.map(|row| row.number.clone()), None))
    }

    /// A visit of the support page began: if a campaign brought it, its calls count for that.
    pub async fn attribute_visit(&self, visit: &str, hello: &Hello) -> Result<(), ServiceError> {
        let known = self.lines.known_campaigns();
        let now = self.core.clock.now_ms();
        let visitor = match hello.visitor.as_deref().filter(|id| id.len() <= 64) {
            Some(id) => self.core.store.visitors().find(id).await?.map(|row| row.id),
            None => None,
        };
        let visitor = match visitor {
            Some(visitor) => visitor,
            None => {
                let source = Source::of(&hello.page, &hello.referrer);
                let Some(campaign) = choose(&known.campaigns, &source, self.lines.today()) else { return Ok(()) };
                let row = self.visitor_row(campaign, source, now);
                self.core.store.visitors().insert(&row).await?;
                row.id
            }
        };
        Ok(self.core.store.visitors().note_visit(visit, &visitor).await?)
    }
}
