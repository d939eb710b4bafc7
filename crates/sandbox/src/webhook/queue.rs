//! The events of one call, delivered one after the other in the background, and the faults that hold one back.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::payloads::label;
use super::{EventReply, Inner, Message, Sender};
use crate::account::{Application, Hook};
use crate::effects::lock;
use crate::faults::Plan;

/// How long a reordered event waits for one to overtake it.
const OVERTAKEN_WITHIN: Duration = Duration::from_secs(1);
/// Events that may wait for one call. More are dropped: the application is not reading.
const LONGEST_QUEUE: usize = 1_000;

/// Which HTTP statuses of an event are worth a second attempt.
const EVENT_RETRIES: [u16; 4] = [429, 502, 503, 504];

pub(super) struct Job {
    message: Message,
    plan: Plan,
    due: Instant,
    reply: Option<oneshot::Sender<EventReply>>,
}

impl Sender {
    /// Puts an event behind those of the same call; `reply` gets the application's answer.
    pub(super) fn queue(
        &self,
        application: &Application,
        hook: Option<Hook>,
        conversation: &str,
        body: Value,
        reply: Option<oneshot::Sender<EventReply>>,
    ) {
        let hook = hook.or_else(|| application.voice.as_ref().and_then(|voice| voice.event.clone()));
        let (Some(hook), Value::Object(body)) = (hook, body) else { return };
        let label = label(&body);
        let plan = self.inner.faults.webhook("event", &label);
        let due = Instant::now() + plan.delay;
        let message = Message {
            application: application.clone(),
            hook,
            webhook: "event",
            label,
            conversation: conversation.to_owned(),
            body,
        };
        let mut job = Job { message, plan, due, reply };
        let mut queues = lock(&self.inner.queues);
        if let Some(queue) = queues.get(conversation) {
            match queue.try_send(job) {
                Ok(()) => return,
                Err(mpsc::error::TrySendError::Full(lost)) => {
                    drop(queues);
                    self.inner.drop_message(&lost.message, 1, Vec::new());
                    return;
                }
                // The worker is gone without having said so (its runtime ended, or it panicked): start another.
                Err(mpsc::error::TrySendError::Closed(back)) => job = back,
            }
        }
        let (queue, jobs) = mpsc::channel(LONGEST_QUEUE);
        let _ = queue.try_send(job);
        queues.insert(conversation.to_owned(), queue);
        tokio::spawn(work(self.inner.clone(), conversation.to_owned(), jobs));
    }
}

/// Delivers the events of one call, one after the other, and ends when none is left.
async fn work(inner: Arc<Inner>, conversation: String, mut jobs: mpsc::Receiver<Job>) {
    let mut held: Option<Job> = None;
    loop {
        let job = match jobs.try_recv() {
            Ok(job) => job,
            Err(_) if held.is_some() => match tokio::time::timeout(OVERTAKEN_WITHIN, jobs.recv()).await {
                Ok(Some(job)) => job,
                _ => {
                    if let Some(job) = held.take() {
                        inner.deliver_event(job).await;
                    }
                    continue;
                }
            },
            Err(_) => {
                // Under the lock nobody can queue, so an empty queue stays empty until it is forgotten.
                let mut queues = lock(&inner.queues);
                match jobs.try_recv() {
                    Ok(job) => job,
                    Err(_) => {
                        queues.remove(&conversation);
                        return;
                    }
                }
            }
        };
        if job.plan.reorder && held.is_none() {
            held = Some(job);
            continue;
        }
        inner.deliver_event(job).await;
        if let Some(late) = held.take() {
            inner.deliver_event(late).await;
        }
    }
}

impl Inner {
    async fn deliver_event(&self, job: Job) {
        tokio::time::sleep_until(job.due).await;
        let outcome = self.deliver_planned(&job.message, &job.plan, &EVENT_RETRIES).await;
        let Some(reply) = job.reply else { return };
        let answer = match outcome {
            Ok(answered) => match answered.flow() {
                None => EventReply { ncco: None, delivered: true },
                Some(_) => match self.ncco(&answered) {
                    Ok(ncco) => EventReply { ncco: Some(ncco), delivered: true },
                    Err(failure) => {
                        EventReply { ncco: self.fallback(&job.message, "event", failure).await.ok(), delivered: true }
                    }
                },
            },
            Err(failure) => {
                EventReply { ncco: self.fallback(&job.message, "event", failure).await.ok(), delivered: false }
            }
        };
        let _ = reply.send(answer);
    }
}
