//! What the platform is asked to do with a leg, and how an agent is told what it did not do.

use std::time::Duration;

use futures::future::join_all;

use super::board::Done;
use crate::domain::contact_center::desk::Refusal;
use crate::vonage::{Client, VonageError};

/// How long an agent who hung up waits for the platform. It is asked again in any case.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the platform did. What it did not do is told to the agent, and logged.
pub(super) async fn confirmed<T>(client: &Client, leg: &str, done: Result<T, VonageError>) -> Done<T> {
    match done {
        Ok(value) => Ok(value),
        Err(error) => Err(refused(client, leg, &error).await.into()),
    }
}

/// What an agent is told. A 404 alone does not say that a call is over: the platform gives it for calls that live in
/// another region too, so the leg itself is asked for.
pub(super) async fn refused(client: &Client, leg: &str, error: &VonageError) -> Refusal {
    tracing::warn!(error = %error, "the platform did not do what an agent asked for");
    if !error.is_not_found() {
        Refusal::Unavailable
    } else if client.has_ended(leg).await {
        Refusal::Gone
    } else {
        Refusal::Unreached
    }
}

/// Off hold.
pub(super) async fn loud(vonage: &Client, leg: &str) -> Result<(), VonageError> {
    if let Err(error) = vonage.stop_stream(leg).await
        && !error.is_not_found()
    {
        return Err(error);
    }
    vonage.mute(leg, false).await?;
    vonage.earmuff(leg, false).await
}

/// Ends legs, all at once: each is tried, also when another fails. Those that the platform did not confirm.
pub(super) async fn end_legs(client: &Client, legs: &[&str]) -> Vec<String> {
    let each = legs.iter().map(|leg| async move {
        match tokio::time::timeout(PATIENCE, client.hang_up(leg)).await {
            Ok(Ok(())) => return None,
            Ok(Err(error)) => tracing::warn!(error = %error, "the platform did not confirm that a leg has ended"),
            Err(_) => tracing::warn!("the platform did not say in time whether a leg has ended"),
        }
        Some((*leg).to_owned())
    });
    join_all(each).await.into_iter().flatten().collect()
}
