//! What happens at once, polled in an order that chance decides.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use tokio::sync::Notify;

use crate::domain::contact_center::chance::Chance;

pub(super) type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

struct Woken {
    flag: AtomicBool,
    any: Arc<Notify>,
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.flag.store(true, Ordering::SeqCst);
        self.any.notify_one();
    }
}

/// Polls all of them in an order that chance decides; gives up after `polls`, which is what a kill does.
pub(super) async fn at_once(mut chance: Chance, work: Vec<Work>, mut polls: u64) {
    let any = Arc::new(Notify::new());
    let woken = || Arc::new(Woken { flag: AtomicBool::new(true), any: Arc::clone(&any) });
    let mut work: Vec<(Work, Arc<Woken>)> = work.into_iter().map(|work| (work, woken())).collect();
    while !work.is_empty() && polls > 0 {
        let ready: Vec<usize> = (0..work.len()).filter(|at| work[*at].1.flag.load(Ordering::SeqCst)).collect();
        if ready.is_empty() {
            any.notified().await;
            continue;
        }
        polls -= 1;
        let at = ready[chance.index(ready.len())];
        work[at].1.flag.store(false, Ordering::SeqCst);
        let waker = Waker::from(Arc::clone(&work[at].1));
        if let Poll::Ready(()) = work[at].0.as_mut().poll(&mut Context::from_waker(&waker)) {
            drop(work.swap_remove(at));
        }
        // All of them share one task's budget of polls, which is refilled when that task has yielded.
        tokio::task::yield_now().await;
    }
}
