//! The stream of a running call's levels, for the pages that show it.

use axum::extract::{Path, State};
use axum::response::Response;
use axum::response::sse::Event;
use futures::stream::unfold;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};

use crate::domain::audio_socket::meter::Window;
use crate::web::guard::{SignedIn, Supervisor};
use crate::web::seats::Seat;
use crate::web::sse;
use crate::web::state::Web;
use crate::web::watch::Watch;

/// `GET /live/calls/{conversation}/audio`, for operators: event `levels` twenty times a second while the call's socket
/// is open, `over` when it closed. Before that, and between two sockets of a call, it waits.
pub(in crate::web) async fn stream(
    State(web): State<Web>,
    Path(conversation): Path<String>,
    who: SignedIn<Supervisor>,
) -> Result<Response, Response> {
    let (seat, watch) = who.stream(&web).ok_or_else(sse::full)?;
    let listener = Listener {
        opened: web.levels.openings(),
        windows: web.levels.listen(&conversation),
        conversation,
        watch,
        _open: web.streams.open.token(),
        _seat: seat,
        web,
    };
    Ok(sse::sse(unfold(listener, |mut listener| async move { Some((Ok(listener.next().await?), listener)) })))
}

struct Listener {
    web: Web,
    conversation: String,
    opened: watch::Receiver<u64>,
    windows: Option<broadcast::Receiver<Window>>,
    watch: Watch,
    _seat: Seat,
    _open: tokio_util::task::task_tracker::TaskTrackerToken,
}

impl Listener {
    async fn next(&mut self) -> Option<Event> {
        let stop = self.web.streams.stop.clone();
        loop {
            let news = async {
                match &mut self.windows {
                    Some(windows) => Some(windows.recv().await),
                    None => {
                        let _ = self.opened.changed().await;
                        None
                    }
                }
            };
            let news = tokio::select! {
                biased;
                () = stop.cancelled() => return None,
                () = self.watch.doubted() => match self.watch.over().await {
                    true => return None,
                    false => continue,
                },
                news = news => news,
            };
            match news {
                Some(Ok(window)) => return Event::default().event("levels").json_data(window).ok(),
                Some(Err(RecvError::Lagged(_))) => {}
                Some(Err(RecvError::Closed)) => {
                    self.windows = None;
                    return Some(Event::default().event("over").data("{}"));
                }
                None => self.windows = self.web.levels.listen(&self.conversation),
            }
        }
    }
}
