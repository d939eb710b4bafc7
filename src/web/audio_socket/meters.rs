//! The stream of a running call's levels, for the pages that show it.

use axum::extract::{Path, State};
use axum::response::Response;
use axum::response::sse::Event;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};

use super::levels::Levels;
use crate::domain::audio_socket::meter::Window;
use crate::web::guard::{SignedIn, Supervisor};
use crate::web::sse::{self, News, Told};
use crate::web::state::Web;

/// `GET /live/calls/{conversation}/audio`, for operators: event `levels` twenty times a second while the call's socket
/// is open, `over` when it closed. Before that, and between two sockets of a call, it waits.
pub(in crate::web) async fn stream(
    State(web): State<Web>,
    Path(conversation): Path<String>,
    who: SignedIn<Supervisor>,
) -> Result<Response, Response> {
    let (seat, watch) = who.stream(&web).ok_or_else(sse::full)?;
    let levels = web.levels.clone();
    let meters = Meters { opened: levels.openings(), windows: levels.listen(&conversation), levels, conversation };
    Ok(sse::stream(&web, seat, watch, meters, None))
}

struct Meters {
    levels: Levels,
    conversation: String,
    opened: watch::Receiver<u64>,
    /// Of the socket that is open.
    windows: Option<broadcast::Receiver<Window>>,
}

impl News for Meters {
    /// `None` when a socket may have been opened.
    type Heard = Option<Result<Window, RecvError>>;

    async fn hear(&mut self) -> Self::Heard {
        match &mut self.windows {
            Some(windows) => Some(windows.recv().await),
            None => {
                let _ = self.opened.changed().await;
                None
            }
        }
    }

    async fn tell(&mut self, heard: Self::Heard) -> Told {
        match heard {
            Some(Ok(window)) => Event::default().event("levels").json_data(window).map_or(Told::End, Told::Event),
            Some(Err(RecvError::Lagged(_))) => Told::Nothing,
            Some(Err(RecvError::Closed)) => {
                self.windows = None;
                Told::plain("over")
            }
            None => {
                self.windows = self.levels.listen(&self.conversation);
                Told::Nothing
            }
        }
    }
}
