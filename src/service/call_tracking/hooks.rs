//! Ended calls are told to the operator's own systems: signed, tried again with growing patience, every try on record.
//!
//! The message is queued in the transaction in which the call ends, so it is neither lost nor told twice. The signature
//! is that of Standard Webhooks (`webhook-id`, `webhook-timestamp`, `webhook-signature: v1,…`), for which every language
//! has a library.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::future::join_all;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::outward::{HookClient, Outward, unreachable};
use super::tracked::tracked;
use crate::domain::call_tracking::campaign::FieldError;
use crate::domain::lost::Lost;
use crate::domain::trouble::Trouble;
use crate::service::core::{Core, ServiceError};
use crate::service::fail::{Fail, Refusable as _};
use crate::service::lines::Lines;
use crate::service::random;
use crate::service::shared::Shared;
use crate::service::vault::{Vault, VaultError};
use crate::store::call_tracking::hooks::{DeliveryRow, HookRow, Tried};
use crate::vonage;

/// An address that wants to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    pub id: String,
    pub url: String,
    /// ms UTC.
    pub since: i64,
}

/// A message in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    pub id: String,
    /// Where to; empty when the address was removed since.
    pub url: String,
    pub call: String,
    /// When the call came, ms UTC; `None` when it is not there any more.
    pub called_at: Option<i64>,
    /// Digits or `visitor-…`; `None` when it was withheld.
    pub caller: Option<String>,
    /// `waiting`, `done`, `failed`
    pub state: String,
    pub tries: i64,
    /// ms UTC.
    pub created_at: i64,
    pub tried_at: Option<i64>,
    pub next_at: i64,
    pub status: Option<i64>,
    pub error: Option<String>,
    /// ms.
    pub took: Option<i64>,
}

/// Why an address is not taken.
pub type HookError = FieldError;

/// Why a message was not taken.
struct NotTold {
    /// What they answered, if they did.
    status: Option<i64>,
    why: Lost,
}

impl From<NotTold> for Fail<NotTold> {
    fn from(refusal: NotTold) -> Self {
        Self::Refused(refusal)
    }
}

fn not_told(why: impl Into<Lost>) -> NotTold {
    NotTold { status: None, why: why.into() }
}

fn not_sent(why: impl Into<String>) -> NotTold {
    not_told(Lost::Other(why.into()))
}

/// How long to wait after each failed try, seconds; after the last, it has failed.
const PATIENCE: [i64; 7] = [5, 30, 120, 600, 3_600, 21_600, 86_400];
/// How often the queue is looked at.
const EVERY: Duration = Duration::from_secs(1);
/// Messages that are sent at a time.
const AT_ONCE: u32 = 16;
/// A try is given up after this long.
const TRY_TIME: Duration = Duration::from_secs(10);
/// Another node may try after this long: the one that took it on is gone.
const TAKEN_MS: i64 = 30_000;
/// The secret's mark, as Standard Webhooks has it.
const SECRET_PREFIX: &str = "whsec_";

/// The operator's own systems, which are told of ended calls.
#[derive(Clone)]
pub struct Hooks {
    core: Arc<Core>,
    lines: Lines,
    vault: Arc<Vault>,
}

impl Hooks {
    pub(in crate::service) fn new(shared: &Shared, vault: Arc<Vault>) -> Self {
        Self { core: Arc::clone(&shared.core), lines: shared.lines.clone(), vault }
    }

    /// Every address.
    pub async fn tracking_hooks(&self) -> Result<Vec<Hook>, ServiceError> {
        let rows = self.core.store.tracking().hooks().await?;
        Ok(rows.into_iter().map(|row| Hook { id: row.id, url: row.url, since: row.created_at }).collect())
    }

    /// Adds an address. Its secret, which is not shown again.
    ///
    /// # Errors
    /// [`HookError`] when the address is not taken, or when the database fails.
    pub async fn add_hook(&self, url: &str) -> Result<String, Fail<HookError>> {
        let wrong = |reason: &str| FieldError { field: "url".into(), reason: Trouble::Other(reason.into()) };
        let parsed = url::Url::parse(url.trim()).map_err(|_| wrong("is no address like https://…"))?;
        let sandbox = self.core.settings.sandbox.is_some();
        if parsed.scheme() != "https" && !(sandbox && parsed.scheme() == "http") {
            return Err(wrong("must begin with https://").into());
        }
        if parsed.host_str().is_none() || !parsed.username().is_empty() || parsed.as_str().len() > 500 {
            return Err(wrong("has no host, holds a user name, or is too long").into());
        }
        // An address on our own network is none of the internet's: an operator's form must not reach what only we reach.
        self.outward().reachable(&parsed).await.map_err(|reason| wrong(&reason.to_string()))?;
        let mut key = [0; 24];
        self.core.random.bytes(&mut key);
        let secret = format!("{SECRET_PREFIX}{}", STANDARD.encode(key));
        let id = random::secret(&self.core.random, 9);
        let sealed = self.vault.seal(&sealed_for(&id), &secret);
        let row = HookRow {
            secret: sealed.map_err(|_| ServiceError::Internal("there is no key to keep secrets with"))?,
            id,
            url: parsed.into(),
            enabled: true,
            created_at: self.core.clock.now_ms(),
        };
        self.core.store.tracking().insert_hook(&row).await?;
        Ok(secret)
    }

    /// Removes an address. Whether there was one.
    pub async fn remove_hook(&self, id: &str) -> Result<bool, ServiceError> {
        Ok(self.core.store.tracking().delete_hook(id).await?)
    }

    /// The log, the newest first.
    pub async fn deliveries(&self, limit: u32) -> Result<Vec<Delivery>, ServiceError> {
        let hooks = self.core.store.tracking().hooks().await?;
        let url = |id: &str| hooks.iter().find(|hook| hook.id == id).map(|hook| hook.url.clone()).unwrap_or_default();
        let rows = self.core.store.tracking().deliveries(limit).await?;
        let mut calls = HashMap::new();
        for row in &rows {
            // Several addresses are told of one call.
            if !calls.contains_key(&row.call) {
                let call = self.core.store.tracking().call(&row.call).await?;
                calls.insert(row.call.clone(), call.map(|call| (call.at, call.shown.or(call.caller))));
            }
        }
        let call = |id: &str| calls.get(id).cloned().flatten();
        Ok(rows
            .into_iter()
            .map(|row| Delivery {
                called_at: call(&row.call).map(|(at, _)| at),
                caller: call(&row.call).and_then(|(_, caller)| caller),
                url: url(&row.hook),
                id: row.id,
                call: row.call,
                state: row.state,
                tries: row.tries,
                created_at: row.created_at,
                tried_at: row.tried_at,
                next_at: row.next_at,
                status: row.status,
                error: row.error,
                took: row.took,
            })
            .collect())
    }

    /// Sends a message again. Whether there is one.
    pub async fn tell_again(&self, id: &str) -> Result<bool, ServiceError> {
        Ok(self.core.store.tracking().retry_delivery(id, self.core.clock.now_ms()).await?)
    }

    /// Runs until `stop`: sends what is due.
    pub async fn tell_calls(&self, stop: CancellationToken) {
        let client = match self.hook_client() {
            Ok(client) => client,
            Err(error) => return tracing::error!(error = %error, "ended calls cannot be told"),
        };
        match self.seal_hook_secrets().await {
            Ok(0) => {}
            Ok(sealed) => tracing::info!(sealed, "secrets of webhooks were sealed"),
            Err(error) => tracing::warn!(error = %error, "secrets of webhooks could not be sealed"),
        }
        let mut every = tokio::time::interval(EVERY);
        every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = every.tick() => {}
            }
            tokio::select! {
                // What is cut off is tried again in the next round.
                () = stop.cancelled() => return,
                told = self.tell_due(&client) => {
                    if let Err(error) = told {
                        tracing::warn!(error = %error, "ended calls could not be told");
                    }
                }
            }
        }
    }

    /// Sends what is due now. How many messages that were.
    pub async fn tell_due(&self, client: &HookClient) -> Result<usize, ServiceError> {
        let store = &self.core.store;
        let now = self.core.clock.now_ms();
        if !store.tracking().deliveries_due(now).await? {
            return Ok(0);
        }
        let hooks = store.tracking().hooks().await?;
        let due = store.tracking().due_deliveries(now, now + TAKEN_MS, AT_ONCE).await?;
        let tries = due.iter().map(|delivery| self.tell(client, &hooks, delivery));
        for done in join_all(tries).await {
            done?;
        }
        Ok(due.len())
    }

    async fn tell(&self, client: &HookClient, hooks: &[HookRow], delivery: &DeliveryRow) -> Result<(), ServiceError> {
        let began = self.core.clock.now_ms();
        let outcome = match hooks.iter().find(|hook| hook.id == delivery.hook) {
            Some(hook) => self.send(client, hook, delivery).await.refusable()?,
            None => Err(not_sent("the address was removed")),
        };
        let at = self.core.clock.now_ms();
        let patience = usize::try_from(delivery.tries).ok().and_then(|tries| PATIENCE.get(tries));
        let tried = match outcome {
            Ok(status) => Tried { at, status: Some(status), error: None, took: at - began, again_at: None },
            Err(NotTold { status, why }) => {
                let again_at = patience.map(|seconds| at + seconds * 1000);
                tracing::warn!(delivery.id = %delivery.id, delivery.tries = delivery.tries + 1, error = %why, "a call was not told");
                Tried { at, status, error: Some(why.to_string()), took: at - began, again_at }
            }
        };
        self.core.store.tracking().delivery_tried(&delivery.id, &tried).await?;
        Ok(())
    }

    /// One try: the status of a good answer.
    async fn send(&self, client: &HookClient, hook: &HookRow, delivery: &DeliveryRow) -> Result<i64, Fail<NotTold>> {
        let row = self.core.store.tracking().call(&delivery.call).await?;
        let row = row.ok_or_else(|| not_sent("the call is not there any more"))?;
        let url = url::Url::parse(&hook.url).map_err(|_| not_told(Lost::NoHost))?;
        self.outward().literal(&url).map_err(not_told)?;
        let secret = self.opened(hook).map_err(|error| not_sent(format!("its secret cannot be read: {error}")))?;
        let call = tracked(&self.lines, row);
        let body = json!({ "type": "call.ended", "timestamp": delivery.created_at, "data": call }).to_string();
        let seconds = self.core.clock.now_ms() / 1000;
        let request = client
            .post(url)
            .timeout(TRY_TIME)
            .header("content-type", "application/json")
            .header("webhook-id", &delivery.id)
            .header("webhook-timestamp", seconds.to_string())
            .header("webhook-signature", signature(&secret, &delivery.id, seconds, &body))
            .body(body);
        let answer = request.send().await.map_err(|error| {
            // Without its address: that may hold a token.
            let error = error.without_url();
            tracing::debug!(error = %error, "a webhook was not taken");
            not_told(unreachable(&error).map_or_else(|| vonage::client::why_unanswered(&error), Lost::from))
        })?;
        let status = answer.status().as_u16();
        if answer.status().is_success() {
            return Ok(status.into());
        }
        Err(NotTold { status: Some(status.into()), why: Lost::Status(status) }.into())
    }

    /// The secret of an address, which is kept sealed; those of before are sealed at start.
    fn opened(&self, hook: &HookRow) -> Result<String, VaultError> {
        match hook.secret.strip_prefix(SECRET_PREFIX) {
            Some(_) => Ok(hook.secret.clone()),
            None => self.vault.open(&sealed_for(&hook.id), &hook.secret),
        }
    }

    /// Seals the secrets that an earlier version kept as they are. How many there were.
    ///
    /// # Errors
    /// When the database fails, or there is no key to seal with.
    pub async fn seal_hook_secrets(&self) -> Result<usize, ServiceError> {
        let mut sealed = 0;
        for hook in
            self.core.store.tracking().hooks().await?.iter().filter(|hook| hook.secret.starts_with(SECRET_PREFIX))
        {
            let secret = self.vault.seal(&sealed_for(&hook.id), &hook.secret);
            let secret = secret.map_err(|_| ServiceError::Internal("there is no key to keep secrets with"))?;
            sealed += usize::from(self.core.store.tracking().seal_hook(&hook.id, &hook.secret, &secret).await?);
        }
        Ok(sealed)
    }

    fn outward(&self) -> Outward {
        Outward::system(self.core.settings.sandbox.is_some())
    }

    /// The client for [`Self::tell_due`].
    ///
    /// # Errors
    /// When the TLS library cannot be set up.
    pub fn hook_client(&self) -> reqwest::Result<HookClient> {
        HookClient::new(self.outward())
    }
}

/// What a secret is sealed for: it opens for no other address.
fn sealed_for(id: &str) -> String {
    format!("hook {id}")
}

/// `v1,` and the HMAC of id, time and body.
fn signature(secret: &str, id: &str, seconds: i64, body: &str) -> String {
    let raw = secret.strip_prefix(SECRET_PREFIX).and_then(|text| STANDARD.decode(text).ok());
    let key = hmac::Key::new(hmac::HMAC_SHA256, &raw.unwrap_or_else(|| secret.as_bytes().to_vec()));
    let tag = hmac::sign(&key, format!("{id}.{seconds}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(tag.as_ref()))
}

#[cfg(test)]
mod unit {
    use super::*;

    /// The example of the Standard Webhooks specification.
    #[test]
    fn signs_as_the_standard_does() {
        let signed = signature(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            r#"{"test": 2432232314}"#,
        );
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
