//! A call comes in over a masking number.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::call::{Direction, Fact};
use crate::domain::line::Caller;
use crate::domain::ncco::Ncco;
use crate::domain::party::caller_number;
use crate::domain::phone::E164;
use crate::domain::private_calls::{
    Found, Hooks, Language, Missed, PIN_TRIES, RealNumber, Route, Verdict, decide, ncco, wrong_pin,
};
use crate::domain::spoken::Text;
use crate::service::core::{Core, ServiceError};
use crate::service::lines::Lines;
use crate::service::live::Live;
use crate::service::received::{Ask, Received};
use crate::service::shared::Shared;
use crate::store::{AttemptRow, RouteRow};
use crate::vonage::Webhook;
use crate::vonage::webhook::Keys;

/// How long a caller waits for the audit. It is written in any case.
const AUDIT: Duration = Duration::from_millis(100);
const HOUR_MS: i64 = 60 * 60 * 1000;
/// Wrong PINs that one caller may enter on a number in an hour, and all hidden callers together.
const WRONG_EACH: i64 = 10;
const WRONG_ALL: i64 = 100;

/// Whom a masking number connects its caller to.
#[derive(Clone)]
pub struct Masks {
    core: Arc<Core>,
    live: Live,
    lines: Lines,
}

impl Masks {
    pub(in crate::service) fn new(shared: &Shared) -> Self {
        Self { core: Arc::clone(&shared.core), live: shared.live.clone(), lines: shared.lines.clone() }
    }

    /// What somebody gets who calls a masking number.
    pub(in crate::service) async fn answer_private(&self, ask: &Ask<'_>) -> Result<Ncco, ServiceError> {
        let Some(dialled) = &ask.dialled else { return Ok(self.not_in_use()) };
        let caller = match &ask.caller {
            Caller::Phone(number) => number.clone(),
            Caller::User(_) => None,
        };
        let verdict = self.private_verdict(caller.as_ref(), dialled).await?;
        let leg = ask.answer.uuid.clone().unwrap_or_else(|| self.core.random.id());
        let call = ask.answer.conversation_uuid.clone();
        self.audit(attempt(format!("call-{leg}"), "call", caller.as_ref(), dialled, &verdict, call)).await;
        Ok(self.private_flow(&verdict, dialled))
    }

    /// Looks up where a call of `caller` (none when withheld) to `dialled` leads.
    pub async fn private_verdict(&self, caller: Option<&E164>, dialled: &E164) -> Result<Verdict, ServiceError> {
        let store = &self.core.store;
        // As the carrier wrote the caller's number first, then the other form of it.
        let mut found = Found::Nothing;
        for spelling in caller.map(E164::spellings).unwrap_or_default() {
            if let Some(row) = store.private().route(spelling.digits(), dialled.digits()).await? {
                found = self::found(row);
                break;
            }
        }
        let pins = match &found {
            Found::Open(_) => false,
            _ => store.private().has_pins(dialled.digits()).await?,
        };
        Ok(decide(caller.is_some(), found, pins, self.core.clock.now_ms()))
    }

    /// The call flow of a verdict.
    #[must_use]
    pub fn private_flow(&self, verdict: &Verdict, dialled: &E164) -> Ncco {
        ncco(verdict, &self.private_hooks(dialled), self.core.clock.now_ms())
    }

    /// Somebody entered a PIN: the flow that goes on.
    pub async fn private_pin(&self, keys: &Keys) -> Result<Ncco, ServiceError> {
        let (store, now) = (&self.core.store, self.core.clock.now_ms());
        let number = |text: &Option<String>| caller_number(text.as_deref());
        let Some(dialled) = number(&keys.to) else { return Ok(self.not_in_use()) };
        let caller = number(&keys.from);
        let call = keys.conversation.clone();
        let before = match &call {
            Some(call) => store.private().count_attempts_in(call, "pin_wrong").await?,
            None => 0,
        };
        let mut lately = 0;
        let forms = caller.as_ref().map_or_else(|| vec![None], |it| it.spellings().into_iter().map(Some).collect());
        for form in forms {
            let (form, since) = (form.as_ref().map(E164::digits), now - HOUR_MS);
            lately += store.private().count_attempts(form, dialled.digits(), "pin_wrong", since).await?;
        }
        let limited = lately >= if caller.is_some() { WRONG_EACH } else { WRONG_ALL };
        let route = if limited || before >= i64::from(PIN_TRIES) || keys.digits.is_empty() {
            None
        } else {
            store.private().route_by_pin(dialled.digits(), &keys.digits).await?
        };
        let id = format!("pin-{}", self.core.random.id());
        match route.map(found) {
            Some(found @ Found::Open(_)) => {
                let verdict = decide(true, found, false, now);
                self.audit(attempt(id, "pin", caller.as_ref(), &dialled, &verdict, call)).await;
                Ok(self.private_flow(&verdict, &dialled))
            }
            _ => {
                let mut row = attempt(id, "pin", caller.as_ref(), &dialled, &Verdict::Unknown, call);
                row.outcome = "pin_wrong".into();
                self.audit(row).await;
                let tries = if limited { PIN_TRIES } else { u32::try_from(before + 1).unwrap_or(PIN_TRIES) };
                Ok(wrong_pin(tries, &self.private_hooks(&dialled)))
            }
        }
    }

    /// Callers whom we do not know hear the language of the number that they dialled: the one that was chosen for it, or what
    /// is spoken where it is.
    fn private_hooks(&self, dialled: &E164) -> Hooks {
        let chosen = self.lines.directory().languages.get(dialled).copied();
        let language = chosen.unwrap_or_else(|| Language::of_number(dialled));
        Hooks { base: self.core.settings.private.public_url.clone(), speech: self.core.speech(Some(language)) }
    }

    fn not_in_use(&self) -> Ncco {
        self.core.speech(None).only(Text::NotInUse)
    }

    /// The caller of a private call reached nobody: what they hear. `None` when the event is about no private call, or
    /// nothing is to be said.
    pub(in crate::service) async fn private_reply(&self, received: &Received) -> Result<Option<Ncco>, ServiceError> {
        let Some((call, missed)) = missed(received) else { return Ok(None) };
        let Some(language) = self.core.store.private().call_language(call).await? else { return Ok(None) };
        Ok(missed.flow(&self.core.speech(Language::of_tag(&language))))
    }

    /// Whether an event may be about a private call that reached nobody. Asked before anything is read.
    pub(in crate::service) fn private_listens(&self, received: &Received) -> bool {
        missed(received).is_some()
    }

    /// The other person was not reached: the attempt, which stands as put through, says so. Again is once.
    pub(in crate::service) async fn private_hears(&self, received: &Received) -> Result<(), ServiceError> {
        let Some((call, missed)) = missed(received) else { return Ok(()) };
        Ok(self.core.store.private().call_missed(call, missed.name()).await?)
    }

    /// Writes an attempt down. A caller does not wait long for it, and is not refused when it fails.
    pub(super) async fn audit(&self, mut row: AttemptRow) {
        row.at = self.core.clock.now_ms();
        let masks = self.clone();
        let writing = tokio::spawn(async move {
            let written = masks.core.store.private().put_attempt(&row).await;
            masks.live.page_changed();
            if let Err(error) = written {
                tracing::error!(error = %error, attempt.id = %row.id, "an attempted call could not be recorded");
            }
        });
        let _ = tokio::time::timeout(AUDIT, writing).await;
    }
}

/// The call whose callee was not reached, and why, if that is what a webhook says.
fn missed(received: &Received) -> Option<(&str, Missed)> {
    let Ok(Webhook::Event(event)) = &received.parsed else { return None };
    let Fact::Status(change) = &event.fact else { return None };
    // How the caller's own leg ends says nothing of the other.
    let callee = event.direction != Some(Direction::Inbound);
    Missed::of(change.status).filter(|_| callee).map(|missed| (event.conversation.as_str(), missed))
}

/// An attempt as the audit keeps it; [`Self::audit`] says when.
pub(super) fn attempt(
    id: String,
    kind: &str,
    caller: Option<&E164>,
    dialled: &E164,
    verdict: &Verdict,
    call: Option<String>,
) -> AttemptRow {
    let of = verdict.of().map(|(conversation, side)| (conversation.to_owned(), i64::try_from(side).unwrap_or(0)));
    let (conversation, side) = of.unzip();
    AttemptRow {
        id,
        at: 0,
        conversation,
        side,
        kind: kind.to_owned(),
        dialled: dialled.digits().to_owned(),
        caller: caller.map(|caller| caller.digits().to_owned()),
        outcome: verdict.name().to_owned(),
        call,
    }
}

/// What a row of the database means.
pub(super) fn found(row: RouteRow) -> Found {
    let language = Language::of_tag(&row.language).unwrap_or_default();
    let side = usize::from(row.side == 1);
    let numbers = (E164::parse(&row.mask), RealNumber::parse(&row.other));
    match numbers {
        (Ok(mask), Ok(other)) if row.open => {
            Found::Open(Route { conversation: row.conversation, side, mask, other, language, ends_at: row.ends_at })
        }
        _ => Found::Over { conversation: row.conversation, side, language },
    }
}
