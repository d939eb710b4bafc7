//! Texts: those that tell the two which number to dial, and those that they send each other.
//!
//! A text that came in is on the disk before the platform's webhook is answered, and is sent on at most once: who moves it
//! from `received` to `sending` sends it. When no answer comes it is `unknown`, and stays so until the platform tells.

use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::answer::{Masks, attempt};
use super::shapes::Conversation;
use crate::domain::line::Line;
use crate::domain::lost::Lost;
use crate::domain::outgoing::Diallable;
use crate::domain::party::caller_number;
use crate::domain::phone::E164;
use crate::domain::private_calls::brake::words_of;
use crate::domain::private_calls::{Language, Verdict, mask_numbers};
use crate::service::core::{Core, salt};
use crate::service::dial_policy::DialPolicy;
use crate::service::fail::Refusable;
use crate::service::lines::Lines;
use crate::service::live::Live;
use crate::service::received::{Method, NotStored, WebhookKind};
use crate::service::shared::Shared;
use crate::store::{Append, TextRow};
use crate::vonage::client::LONGEST_TEXT;
use crate::vonage::webhook::{InboundText, TextStatus};
use crate::vonage::{Client, VonageError};

const MINUTE_MS: i64 = 60 * 1000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
/// The outcomes of a text in which there was nothing to pass on, and of one that was held back.
const NOTHING: &str = "empty";
const BRAKED: &str = "braked";
/// Of one that the dial policy stops.
const FORBIDDEN: &str = "failed";
/// A text that could not be sent is tried again by the janitor; after this it has failed.
const GIVE_UP_MS: i64 = 24 * HOUR_MS;
/// How old a text must be before the janitor takes it up.
const STALE_MS: i64 = 30_000;
/// The setting under which it is kept that a text came unsigned in the shape of the SMS API.
const UNSIGNED_TEXT: &str = "unsigned-text";
/// How often that is noted.
const UNSIGNED_EVERY_MS: i64 = 10 * 60 * 1000;
/// What the operator reads in the list of events.
const SMS_SETTING: &str = "A text came unsigned, in the format of the SMS API, and was refused. In the platform's dashboard, \
                           under API settings, set \"Default SMS Setting\" to \"Messages API\".";
/// The platform tells of a text before its answer to our sending it was written down.
const TOLD_EARLY: [u64; 4] = [50, 200, 800, 2_000];

/// Texts between two people, passed on through masking numbers.
#[derive(Clone)]
pub struct Texts {
    core: Arc<Core>,
    lines: Lines,
    dial: DialPolicy,
    live: Live,
    masks: Masks,
    salt: [u8; 32],
}

impl Texts {
    pub(in crate::service) fn new(shared: &Shared, masks: Masks) -> Self {
        Self {
            lines: shared.lines.clone(),
            dial: shared.dial.clone(),
            live: shared.live.clone(),
            masks,
            salt: salt(&shared.core),
            core: Arc::clone(&shared.core),
        }
    }

    /// Tells both which number to dial.
    pub(super) async fn tell_participants(&self, conversation: &Conversation) {
        for (side, person) in (0_i64..).zip(&conversation.participants) {
            let (Some(number), Ok(from)) = (&person.number, E164::parse(&person.dials)) else { continue };
            let other = conversation.participants.get(usize::from(side == 0)).and_then(|other| other.name.as_deref());
            let text = conversation.language.invitation(other, person.pin.as_deref());
            let (state, id, problem) = match self.dial.take_text_to(number.reveal(), 1).await {
                Ok(to) => match self.core.vonage.send_text(&from, &to, &text).await {
                    Ok(id) => ("sent", Some(id), None),
                    Err(error) => ("failed", None, Some(harmless(&error))),
                },
                Err(error) => ("failed", None, Some(error.to_string())),
            };
            if let Some(problem) = &problem {
                tracing::warn!(private.conversation = %conversation.id, error = %problem, "a text to a participant could not be sent");
            }
            let written = self
                .core
                .store
                .private()
                .invited(&conversation.id, side, state, id.as_deref(), problem.as_deref())
                .await;
            if let Err(error) = written {
                tracing::error!(error = %error, "a text to a participant was sent, but could not be recorded");
            }
        }
    }

    /// A text came in over one of our numbers: it is passed on to the other person, or its sender is told why not.
    ///
    /// # Errors
    /// [`NotStored::Unavailable`] when the platform should send it again.
    pub async fn inbound_text(&self, text: InboundText) -> Result<(), NotStored> {
        let numbers = (caller_number(Some(&text.from)), E164::parse(&text.to));
        let (Some(sender), Ok(dialled)) = numbers else {
            tracing::info!("a text from a sender without a number was not passed on");
            return Ok(());
        };
        let directory = self.lines.directory();
        if directory.numbers.get(&dialled) != Some(&Line::Private) || directory.numbers.contains_key(&sender) {
            tracing::info!(text.to = %dialled.masked(), "a text to a number that takes none was not passed on");
            return Ok(());
        }
        let now = self.core.clock.now_ms();
        let words = self.words(&sender, &dialled, &text.text);
        let row = TextRow {
            attempt: format!("text-{}", text.id),
            id: text.id,
            at: now,
            sender: sender.digits().to_owned(),
            dialled: dialled.digits().to_owned(),
            body: Some(text.text),
            state: "received".into(),
            sent_id: None,
            problem: None,
            updated_at: now,
            words,
        };
        let stored = self.core.store.private().put_text(&row).await;
        stored.map_err(|error| NotStored::Unavailable(error.to_string()))?;
        self.live.page_changed();
        // A repetition finds it in another state, or does what was left undone.
        let texts = self.clone();
        let relaying = tokio::spawn(async move { texts.relay(&row).await });
        // In order, as long as the platform answers soon.
        let _ = tokio::time::timeout(Duration::from_secs(3), relaying).await;
        Ok(())
    }

    async fn relay(&self, row: &TextRow) {
        if let Err(error) = self.try_relay(row).await {
            tracing::error!(error = %error, "a text could not be passed on");
        }
    }

    async fn try_relay(&self, row: &TextRow) -> Result<(), crate::service::ServiceError> {
        let core = &self.core;
        let now = core.clock.now_ms();
        if !core.store.private().move_text(&row.id, "received", "sending", None, None, now).await? {
            return Ok(());
        }
        let (Ok(sender), Ok(dialled)) = (E164::parse(&row.sender), E164::parse(&row.dialled)) else { return Ok(()) };
        let verdict = self.masks.private_verdict(Some(&sender), &dialled).await?;
        let body = row.body.as_deref().unwrap_or_default();
        let (state, sent, problem, outcome) = match &verdict {
            // Nothing would be sent, so nothing may be called passed on.
            Verdict::Connect(route) if body.trim().is_empty() => {
                self.decline_text(&sender, &dialled, route.language.not_passed_on(), NOTHING, now).await?;
                ("refused", None, None, NOTHING)
            }
            Verdict::Connect(route) if self.braked(row, &route.conversation, now).await? => {
                tracing::warn!(
                    private.conversation = %route.conversation,
                    "a text was not passed on: the same words again and again, or too many in a minute"
                );
                ("refused", None, None, BRAKED)
            }
            Verdict::Connect(route) => {
                match self.dial.take_text_to(route.other.reveal(), parts(body)).await.refusable()? {
                    Ok(to) => match send_parts(&core.vonage, &route.mask, &to, body).await {
                        Ok(id) => ("sent", Some(id), None, "relayed"),
                        Err(error @ VonageError::Ambiguous { .. }) => {
                            ("unknown", None, Some(harmless(&error)), "relayed")
                        }
                        Err(error) => {
                            // Nothing went out, and when it is tried again it is counted again.
                            self.dial.give_back_texts(parts(body)).await;
                            let again = error.is_temporary() && now - row.at < GIVE_UP_MS;
                            let (state, outcome) = if again { ("received", "") } else { ("failed", "failed") };
                            (state, None, Some(harmless(&error)), outcome)
                        }
                    },
                    Err(rule) => {
                        tracing::warn!(private.conversation = %route.conversation, rule = %rule, "a text was not passed on");
                        self.decline_text(&sender, &dialled, route.language.not_passed_on(), FORBIDDEN, now).await?;
                        ("refused", None, Some(rule.to_string()), FORBIDDEN)
                    }
                }
            }
            other => {
                let over = matches!(other, Verdict::Over { .. });
                let language = match other {
                    Verdict::Over { language, .. } => *language,
                    _ => Language::of_number(&dialled),
                };
                let outcome = if over { "over" } else { "unknown" };
                self.decline_text(&sender, &dialled, language.not_delivered(over), outcome, now).await?;
                ("refused", None, None, outcome)
            }
        };
        core.store.private().move_text(&row.id, "sending", state, sent.as_deref(), problem.as_deref(), now).await?;
        self.live.page_changed();
        if !outcome.is_empty() {
            let mut audited = attempt(row.attempt.clone(), "text", Some(&sender), &dialled, &verdict, None);
            audited.outcome = outcome.to_owned();
            self.masks.audit(audited).await;
        }
        Ok(())
    }

    /// Says politely that nothing was delivered; not more than once an hour, for the sender may be a machine that answers.
    async fn decline_text(
        &self,
        sender: &E164,
        dialled: &E164,
        text: &str,
        outcome: &str,
        now: i64,
    ) -> Result<(), crate::service::ServiceError> {
        let store = &self.core.store;
        let since = now - HOUR_MS;
        let mut lately = 0;
        for form in sender.spellings() {
            lately += store.private().count_texts_declined(form.digits(), dialled.digits(), outcome, since).await?;
        }
        if lately > 0 {
            return Ok(());
        }
        // A number that may not be written to is not answered either: texts are sent to us so that our answers are paid
        // for.
        match self.dial.take_text_to(sender, 1).await.refusable()? {
            Ok(to) => {
                if let Err(error) = self.core.vonage.send_text(dialled, &to, text).await {
                    tracing::warn!(error = %harmless(&error), "the notice of an undelivered text could not be sent");
                }
            }
            Err(rule) => tracing::info!(rule = %rule, "no notice of an undelivered text was sent"),
        }
        Ok(())
    }

    /// Whether a text is held back, because machines seem to answer each other.
    async fn braked(&self, row: &TextRow, conversation: &str, now: i64) -> Result<bool, crate::service::ServiceError> {
        let counted =
            self.core.store.private().count_same_texts(row, conversation, now - HOUR_MS, now - MINUTE_MS).await?;
        Ok(self.core.settings.private.brake.holds_back(counted.0, counted.1))
    }

    /// What is kept of the words, to know them again for an hour: nothing that could be read. After a restart the same
    /// words are other words.
    fn words(&self, sender: &E164, dialled: &E164, text: &str) -> Option<String> {
        let words = words_of(text);
        let mut hash = Sha256::new();
        hash.update(self.salt);
        for part in [sender.digits(), dialled.digits(), &words] {
            hash.update(part);
            hash.update([0]);
        }
        (!words.is_empty()).then(|| hex::encode(hash.finalize()))
    }

    /// A text came in the shape of the SMS API and without a signature: the checklist and the list of events say which
    /// setting of the account sends it so. Anybody can send one, so nothing of it is kept, and it is noted once in ten
    /// minutes.
    pub async fn unsigned_text(&self, method: Method) {
        let (store, now) = (&self.core.store, self.core.clock.now_ms());
        let noted = async {
            let last = store.settings().changed_at(UNSIGNED_TEXT).await?;
            if last.is_some_and(|last| now - last < UNSIGNED_EVERY_MS) {
                return Ok(());
            }
            store.settings().put(UNSIGNED_TEXT, "1", now).await?;
            let id = self.core.random.id();
            let append = Append {
                dedupe: format!("{UNSIGNED_TEXT}-{id}"),
                id,
                jti: None,
                signed_at: None,
                kind: WebhookKind::Event.name().to_owned(),
                method: method.name().to_owned(),
                received_at: now,
                signed: false,
                conversation: None,
                leg: None,
                raw: String::new(),
                decision: None,
                problem: Some(SMS_SETTING.to_owned()),
                ncco: None,
                event: None,
                track: None,
                spooled: false,
            };
            store.append(append).await.map(drop)
        };
        if let Err(error) = noted.await {
            tracing::warn!(error = %error, "an unsigned text could not be recorded");
        }
    }

    /// When such a text came last, ms UTC, if that was within a day: so long the platform repeats it.
    pub(in crate::service) async fn unsigned_text_at(&self) -> Option<i64> {
        let last = self.core.store.settings().changed_at(UNSIGNED_TEXT).await.ok()??;
        (self.core.clock.now_ms() - last < 24 * HOUR_MS).then_some(last)
    }

    /// Keeps the delivery state of a text that we sent.
    pub async fn text_status(&self, told: TextStatus) {
        let state = match told.status.as_str() {
            "delivered" => "delivered",
            "rejected" | "undeliverable" | "failed" | "expired" => "failed",
            _ => return,
        };
        let problem = told.problem.map(|problem| mask_numbers(&problem, |_| false));
        let texts = self.clone();
        tokio::spawn(async move {
            for wait in TOLD_EARLY {
                let now = texts.core.clock.now_ms();
                match texts.core.store.private().text_told(&told.id, state, problem.as_deref(), now).await {
                    Ok(false) => tokio::time::sleep(Duration::from_millis(wait)).await,
                    Ok(true) => return texts.live.page_changed(),
                    Err(error) => {
                        tracing::warn!(error = %error, "the delivery receipt of a text could not be recorded");
                        return;
                    }
                }
            }
        });
    }

    /// Takes up texts that were left behind: those that could not be sent, and those whose sender stopped in the middle.
    pub(in crate::service) async fn resume_texts(&self, now: i64) -> Result<u64, crate::store::StoreError> {
        let store = &self.core.store;
        let mut resumed = 0;
        for row in store.private().texts_in("received", now - STALE_MS, 20).await? {
            self.relay(&row).await;
            resumed += 1;
        }
        // It is not known whether it went out: it is not sent again.
        for row in store.private().texts_in("sending", now - 2 * STALE_MS, 20).await? {
            store.private().move_text(&row.id, "sending", "unknown", None, Some("interrupted"), now).await?;
            resumed += 1;
        }
        Ok(resumed)
    }
}

/// In how many parts a text is sent.
fn parts(text: &str) -> usize {
    text.chars().count().div_ceil(LONGEST_TEXT)
}

/// Sends a text, in parts when it is too long for one; the id of the last.
async fn send_parts(vonage: &Client, from: &E164, to: &Diallable, text: &str) -> Result<String, VonageError> {
    let letters: Vec<char> = text.chars().collect();
    let mut id = String::new();
    for (at, part) in letters.chunks(LONGEST_TEXT).enumerate() {
        let part: String = part.iter().collect();
        id = match vonage.send_text(from, to, &part).await {
            Ok(id) => id,
            // The beginning went out: starting over would send it twice.
            Err(error) if at > 0 => return Err(VonageError::Ambiguous { reason: Lost::Other(error.to_string()) }),
            Err(error) => return Err(error),
        };
    }
    Ok(id)
}

/// What went wrong, without the numbers that the platform may have repeated.
fn harmless(error: &VonageError) -> String {
    mask_numbers(&error.to_string(), |_| false)
}
