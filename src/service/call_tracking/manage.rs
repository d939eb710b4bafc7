//! Campaigns, their numbers, the block list, and what the operator says is spam.

use super::tracking::Tracking;
use crate::domain::call_tracking::campaign::{COLOURS, Campaign, Destination, Draft, FieldError};
use crate::domain::call_tracking::erlang::Pool;
use crate::domain::queue::STANDING;
use crate::domain::trouble::Trouble;
use crate::service::core::ServiceError;
use crate::service::fail::Fail;

/// A number of a campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assigned {
    /// Digits.
    pub number: String,
    pub pool: bool,
    /// ms UTC.
    pub from: i64,
    /// `None` while it is the campaign's.
    pub until: Option<i64>,
}

/// A campaign with its numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct CampaignView {
    pub campaign: Campaign,
    /// The newest first, past ones too.
    pub numbers: Vec<Assigned>,
    /// How its pool does; `None` when it has none.
    pub pool: Option<Pool>,
}

/// A caller who is not put through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocked {
    /// Digits.
    pub number: String,
    pub note: String,
    /// ms UTC.
    pub since: i64,
}

/// How far back a pool's load is looked at, ms.
const WEEK_MS: i64 = 7 * 24 * 3_600_000;

impl Tracking {
    /// Every campaign with its numbers, by name.
    pub async fn campaigns(&self) -> Result<Vec<CampaignView>, ServiceError> {
        self.lines.reload_campaigns().await?;
        let known = self.lines.known_campaigns();
        let mut views = Vec::with_capacity(known.campaigns.len());
        for campaign in &known.campaigns {
            let rows = known.numbers.iter().filter(|row| row.campaign == campaign.id);
            let numbers = rows.map(|row| Assigned {
                number: row.number.clone(),
                pool: row.pool,
                from: row.from_at,
                until: row.until_at,
            });
            let pool = self.pool(campaign).await?;
            views.push(CampaignView { campaign: campaign.clone(), numbers: numbers.collect(), pool });
        }
        Ok(views)
    }

    /// How a campaign's pool does; `None` when it has none.
    async fn pool(&self, campaign: &Campaign) -> Result<Option<Pool>, ServiceError> {
        let (known, now) = (self.lines.known_campaigns(), self.core.clock.now_ms());
        let pool = || known.numbers_of(&campaign.id).filter(|row| row.pool);
        if pool().next().is_none() {
            return Ok(None);
        }
        let used = self.core.store.visitors().pool_use(&campaign.id, now - WEEK_MS).await?;
        let count = |count: i64| u32::try_from(count).unwrap_or(u32::MAX);
        let size = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let peak = used.visitors_by_hour.iter().map(|(_, visitors)| *visitors).max().unwrap_or_default();
        let held = used.held_ms.unwrap_or(campaign.lease_minutes * 60_000);
        Ok(Some(Pool::of(
            size(pool().count()),
            size(pool().filter(|row| row.leased_until > now).count()),
            count(peak),
            held as f64 / 60_000.0,
            count(used.asked),
            count(used.turned_away),
        )))
    }

    /// Makes a campaign (without an id) or changes one.
    ///
    /// # Errors
    /// [`FieldError`] of the first field that is wrong (of `id` when there is no such campaign), or when the database
    /// fails.
    pub async fn save_campaign(
        &self,
        id: Option<&str>,
        draft: &Draft,
        archived: bool,
    ) -> Result<Campaign, Fail<FieldError>> {
        if id.is_some_and(|id| self.lines.known_campaigns().campaign(id).is_none()) {
            self.lines.reload_campaigns().await?;
        }
        let mut draft = draft.clone();
        if id.is_none() && draft.colour.trim().is_empty() {
            // Each new campaign gets another colour, so that the lines of a chart can be told apart.
            let known = self.lines.known_campaigns().campaigns.len();
            COLOURS[known % COLOURS.len()].clone_into(&mut draft.colour);
        }
        let id = match id {
            Some(id) if self.lines.known_campaigns().campaign(id).is_some() => id.to_owned(),
            Some(_) => return Err(field("id", Trouble::NoCampaign).into()),
            None => self.core.random.id(),
        };
        let mut campaign = self.read_campaign(id, &draft).map_err(first)?;
        campaign.archived = archived;
        self.core.store.tracking().put_campaign(&campaign, self.core.clock.now_ms()).await?;
        self.lines.reload_campaigns().await?;
        Ok(campaign)
    }

    /// The campaign that a call of the log came by: its id and name.
    pub async fn campaign_of_call(&self, call: &str) -> Result<Option<(String, String)>, ServiceError> {
        let Some(tracked) = self.core.store.tracking().call(call).await? else { return Ok(None) };
        let campaigns = self.lines.known_campaigns();
        Ok(campaigns.campaign(&tracked.campaign).map(|campaign| (campaign.id.clone(), campaign.name.clone())))
    }

    /// Every field of a draft that is wrong, and why; [`Self::save_campaign`] tells the first of them.
    #[must_use]
    pub fn campaign_problems(&self, draft: &Draft) -> Vec<FieldError> {
        self.read_campaign(String::new(), draft).err().unwrap_or_default()
    }

    /// The errors are never none.
    fn read_campaign(&self, id: String, draft: &Draft) -> Result<Campaign, Vec<FieldError>> {
        match self.read_destination(&draft.destination) {
            Ok(destination) => Campaign::read(id, &Draft { destination, ..draft.clone() }),
            Err(wrong) => {
                // The other fields are judged all the same.
                let rest = Campaign::read(id, &Draft { destination: "agents".into(), ..draft.clone() });
                Err([wrong].into_iter().chain(rest.err().unwrap_or_default()).collect())
            }
        }
    }

    /// The destination as the domain reads it: digits that may be dialled, or what is no number.
    fn read_destination(&self, typed: &str) -> Result<String, FieldError> {
        let typed = typed.trim();
        if typed.is_empty() || typed.eq_ignore_ascii_case("agents") {
            return Ok(typed.to_owned());
        }
        if let Ok(Destination::Queue(id)) = Destination::parse(typed) {
            let known = id == STANDING || self.lines.queues().contains_key(&id);
            return if known { Ok(typed.to_owned()) } else { Err(field("destination", Trouble::Missing)) };
        }
        let wrong = |error| field("destination", Trouble::NoDestination(error));
        let number = self.lines.read_number(typed).map_err(wrong)?;
        self.dial.may_be_dialled(&number).map_err(|rule| field("destination", rule))?;
        Ok(number.digits().to_owned())
    }

    /// Gives a number of ours to a campaign, or takes it away (`None`). Old calls stay where they belong.
    ///
    /// # Errors
    /// [`FieldError`], or when the database fails.
    pub async fn give_number(&self, number: &str, to: Option<(&str, bool)>) -> Result<(), Fail<FieldError>> {
        let number = self.lines.read_own_number(number).map_err(|error| field("number", error))?;
        if let Some((campaign, _)) = to
            && self.lines.known_campaigns().campaign(campaign).is_none()
        {
            return Err(field("campaign", Trouble::NoCampaign).into());
        }
        let now = self.core.clock.now_ms();
        let given = self.core.store.tracking().give_number(&self.core.random.id(), number.digits(), to, now).await?;
        self.lines.reload_directory().await?;
        if given { Ok(()) } else { Err(field("number", Trouble::NotOurs(number.grouped())).into()) }
    }

    /// Id and name of every campaign that may be given a number.
    #[must_use]
    pub fn open_campaigns(&self) -> Vec<(String, String)> {
        let known = self.lines.known_campaigns();
        let open = known.campaigns.iter().filter(|campaign| !campaign.archived);
        open.map(|campaign| (campaign.id.clone(), campaign.name.clone())).collect()
    }

    /// The numbers of ours that no line has, and may be given to a campaign: digits and country.
    pub async fn free_numbers(&self) -> Result<Vec<(String, String)>, ServiceError> {
        let numbers = self.core.store.numbers().all().await?;
        let free = numbers.into_iter().filter(|row| row.line == "unassigned" && !row.reserved);
        Ok(free.map(|row| (row.number, row.country)).collect())
    }

    /// The block list, the newest first.
    pub async fn blocked_callers(&self) -> Result<Vec<Blocked>, ServiceError> {
        let rows = self.core.store.tracking().blocked().await?;
        Ok(rows.into_iter().map(|row| Blocked { number: row.number, note: row.note, since: row.created_at }).collect())
    }

    /// Puts a caller on the block list: from now on they hear that the number is not in use, and count as spam.
    ///
    /// # Errors
    /// [`FieldError`], or when the database fails.
    pub async fn block_caller(&self, number: &str, note: &str) -> Result<(), Fail<FieldError>> {
        let number = self.lines.read_caller(number).map_err(|error| field("number", error))?;
        let note: String = note.trim().chars().filter(|c| !c.is_control()).take(200).collect();
        // One line for one telephone: who is on the list in another spelling stays there in that one.
        let listed = self.core.store.tracking().blocked_numbers().await?;
        let known = number.spellings().into_iter().find(|spelling| listed.contains(spelling.digits()));
        let number = known.unwrap_or(number);
        self.core.store.tracking().block(number.digits(), &note, self.core.clock.now_ms()).await?;
        self.lines.reload_campaigns().await?;
        Ok(())
    }

    /// Takes a caller off the block list. Whether they were on it.
    pub async fn unblock_caller(&self, number: &str) -> Result<bool, ServiceError> {
        let Ok(number) = self.lines.read_caller(number) else { return Ok(false) };
        let mut gone = false;
        for spelling in number.spellings() {
            gone |= self.core.store.tracking().unblock(spelling.digits()).await?;
        }
        self.lines.reload_campaigns().await?;
        Ok(gone)
    }

    /// What the operator says of a call: spam, no spam, or nothing (then the rules decide). Whether there is such a call.
    pub async fn say_spam(&self, id: &str, said: Option<bool>) -> Result<bool, ServiceError> {
        Ok(self.core.store.tracking().say_spam(id, said).await?.is_some())
    }
}

impl From<FieldError> for Fail<FieldError> {
    fn from(refusal: FieldError) -> Self {
        Self::Refused(refusal)
    }
}

/// The one that is told where only one can be.
fn first(wrong: Vec<FieldError>) -> FieldError {
    wrong.into_iter().next().unwrap_or_else(|| field("name", Trouble::Ours))
}

fn field(name: &str, reason: impl Into<Trouble>) -> FieldError {
    FieldError { field: name.to_owned(), reason: reason.into() }
}
