//! A conversation is opened: both numbers are checked, numbers are chosen, and both people are told.

use std::sync::Arc;

use super::conversations::Private;
use super::shapes::{NewConversation, NewParticipant, OpenRefusal, Opened, conversation};
use crate::domain::dial_policy::Rule;
use crate::domain::line::Directory;
use crate::domain::private_calls::{PIN_DIGITS, RealNumber};
use crate::domain::trouble::Trouble;
use crate::service::core::ServiceError;
use crate::service::fail::Fail;
use crate::service::random::Random;
use crate::store::{NewPrivate, NewPrivatePerson, OpenedPrivate, PrivateConversationRow};

/// The shortest and the longest life, in seconds.
const SHORTEST_S: i64 = 30;
const LONGEST_S: i64 = 10 * 366 * 24 * 60 * 60;
const LONGEST_NAME: usize = 60;
const LONGEST_REFERENCE: usize = 120;
/// How often another PIN is chosen when one is taken.
const PIN_ATTEMPTS: u32 = 8;

impl Private {
    /// Opens a conversation. The texts that tell the two which number to dial go out afterwards.
    ///
    /// # Errors
    /// [`OpenRefusal`], or when the database fails.
    pub async fn open_private_conversation(&self, new: NewConversation) -> Result<Opened, Fail<OpenRefusal>> {
        let core = &self.core;
        let people = self.checked(&new).await?;
        let mut row = self.checked_row(&new)?;
        let (mut swept, mut pin_attempts) = (false, 0);
        loop {
            row.id = core.random.id();
            let people = people.clone().map(|person| {
                let pin = new.pins.then(|| pin(&core.random));
                NewPrivatePerson { pin, ..person }
            });
            let wanted = NewPrivate { row: row.clone(), people };
            let now = core.clock.now_ms();
            let cool_off = core.settings.private.cool_off_ms;
            match self.gather.open(&core.store, wanted, now, cool_off).await? {
                OpenedPrivate::New(_) => break,
                OpenedPrivate::Known(id) => {
                    let found = self.private_conversation(&id).await?;
                    let found = found.ok_or(ServiceError::Internal("a conversation vanished"))?;
                    return Ok(Opened { conversation: found, known: true });
                }
                // What has ended but was not swept yet still holds its numbers.
                OpenedPrivate::Refused(_) if !swept && core.store.private().close_ended(now).await? > 0 => swept = true,
                OpenedPrivate::Refused(short) => return Err(OpenRefusal::TooSmall(short).into()),
                OpenedPrivate::PinTaken if pin_attempts < PIN_ATTEMPTS => pin_attempts += 1,
                OpenedPrivate::PinTaken => return Err(ServiceError::Internal("no PIN is free on these numbers").into()),
            }
        }
        self.live.page_changed();
        let found = core.store.private().conversation(&row.id).await?;
        let (row, people) = found.ok_or(ServiceError::Internal("a conversation vanished"))?;
        let opened = conversation(row, people);
        tracing::info!(private.conversation = %opened.id, private.by = %opened.created_by, "a private conversation was opened");
        if new.notify {
            let (texts, conversation) = (self.texts.clone(), opened.clone());
            tokio::spawn(async move { texts.tell_participants(&conversation).await });
        }
        Ok(Opened { conversation: opened, known: false })
    }

    async fn checked(&self, new: &NewConversation) -> Result<[NewPrivatePerson; 2], OpenRefusal> {
        let directory = self.lines.directory();
        let [one, other] = [0, 1].map(|at| self.parsed(at, &new.participants[at], &directory));
        let (one, other) = (one?, other?);
        if one == other {
            return Err(OpenRefusal::field("participants[1].number", Trouble::SameNumber));
        }
        let check = &self.number_check;
        let countries = tokio::join!(check.country(one.reveal()), check.country(other.reveal()));
        let person = |at: usize, number: &RealNumber, country: Option<String>| {
            let NewParticipant { name, dials, .. } = &new.participants[at];
            let Some(country) = country else {
                return Err(OpenRefusal::field(format!("participants[{at}].number"), Trouble::NoSuchNumber));
            };
            let wanted = match dials.as_deref().map(str::trim).filter(|dials| !dials.is_empty()) {
                None => None,
                Some(text) => match self.lines.read_own_number(text) {
                    Ok(number) => Some(number.digits().to_owned()),
                    Err(error) => {
                        return Err(OpenRefusal::field(format!("participants[{at}].dials"), error));
                    }
                },
            };
            Ok(NewPrivatePerson {
                number: number.reveal().digits().to_owned(),
                name: short(name.as_deref(), LONGEST_NAME, || format!("participants[{at}].name"))?,
                country: Some(self.dial.pool_country(country)),
                pin: None,
                invited: if new.notify { "pending" } else { "none" }.to_owned(),
                wanted,
            })
        };
        Ok([person(0, &one, countries.0)?, person(1, &other, countries.1)?])
    }

    /// What is wrong with the two numbers, each by its field, as far as that is known without asking anybody.
    #[must_use]
    pub fn participant_problems(&self, people: &[NewParticipant; 2]) -> Vec<(String, Trouble)> {
        let directory = self.lines.directory();
        let problem = |(at, new): (usize, &NewParticipant)| match self.parsed(at, new, &directory) {
            Err(OpenRefusal::Field { field, reason }) => Some((field, reason)),
            _ => None,
        };
        people.iter().enumerate().filter_map(problem).collect()
    }

    fn parsed(&self, at: usize, new: &NewParticipant, directory: &Directory) -> Result<RealNumber, OpenRefusal> {
        let field = || format!("participants[{at}].number");
        let number = self.lines.read_number(&new.number).map_err(|error| OpenRefusal::field(field(), error))?;
        if directory.numbers.contains_key(&number) || number == directory.support {
            return Err(OpenRefusal::field(field(), Trouble::OwnNumber));
        }
        match self.dial.may_be_dialled(&number) {
            Ok(()) => Ok(number.into()),
            Err(Rule::NoSuchNumber) => Err(OpenRefusal::field(field(), Trouble::NoSuchNumber)),
            Err(rule) => Err(OpenRefusal::field(field(), rule)),
        }
    }

    fn checked_row(&self, new: &NewConversation) -> Result<PrivateConversationRow, OpenRefusal> {
        let now = self.core.clock.now_ms();
        let life = |seconds: Option<i64>, field: &str| match seconds {
            None => Ok(None),
            Some(seconds) if (SHORTEST_S..=LONGEST_S).contains(&seconds) => Ok(Some(seconds * 1000)),
            Some(_) => Err(OpenRefusal::field(field, Trouble::Seconds(SHORTEST_S, LONGEST_S))),
        };
        let expires_at = life(new.expires_in, "expires_in")?.map(|ms| now + ms);
        let idle_ms = life(new.idle_after, "idle_after")?;
        let idle_end = idle_ms.map(|ms| now + ms);
        Ok(PrivateConversationRow {
            id: String::new(),
            reference: short(new.reference.as_deref(), LONGEST_REFERENCE, || "reference".into())?,
            language: new.language.tag().to_owned(),
            created_by: new.by.clone(),
            request_key: short(new.request_key.as_deref(), LONGEST_REFERENCE, || "Idempotency-Key".into())?,
            created_at: now,
            expires_at,
            idle_ms,
            ends_at: [expires_at, idle_end].into_iter().flatten().min(),
            used_at: None,
            closed_at: None,
            closed_because: None,
            closed_by: None,
            forgotten: false,
        })
    }
}

/// A text for people, or none when it is blank.
fn short(text: Option<&str>, longest: usize, field: impl Fn() -> String) -> Result<Option<String>, OpenRefusal> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    if text.chars().count() > longest || text.chars().any(char::is_control) {
        return Err(OpenRefusal::field(field(), Trouble::Long(longest)));
    }
    Ok(Some(text.to_owned()))
}

/// Six digits; each is as likely as the others.
fn pin(random: &Arc<dyn Random>) -> String {
    let mut out = String::new();
    while out.len() < PIN_DIGITS as usize {
        let mut bytes = [0; 16];
        random.bytes(&mut bytes);
        // 250 is the greatest multiple of ten that fits: what is above would favour small digits.
        let digits = bytes.iter().filter(|byte| **byte < 250).map(|byte| char::from(b'0' + byte % 10));
        out.extend(digits.take(PIN_DIGITS as usize - out.len()));
    }
    out
}
