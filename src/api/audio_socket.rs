//! Audio sockets: what a call's page shows of its audio, and who answers them.

use leptos::server;
use serde::{Deserialize, Serialize};

use super::access::Access;
use super::admin::Page;
#[cfg(not(target_arch = "wasm32"))]
use super::context::Stop;
use super::error::ApiError;
#[cfg(not(target_arch = "wasm32"))]
use super::flash::Flash;
#[cfg(not(target_arch = "wasm32"))]
use crate::domain::account::Role;
use crate::domain::trouble::Trouble;

/// The page's path; forms come back to it.
pub const PAGE: &str = "/admin/audio-socket";

/// A call's audio, for its page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CallAudio {
    pub conversation: String,
    /// The call has an audio socket and is not over: levels may come.
    pub running: bool,
    pub sockets: Vec<Socket>,
    pub recordings: Vec<Recording>,
    /// What the call's flow recorded.
    pub of_flow: Vec<FlowRecording>,
    /// May delete recordings.
    pub may_delete: bool,
}

/// A socket that was opened for the call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Socket {
    /// `echo+record`, as [`crate::domain::audio_socket::Plan`] has it.
    pub plan: String,
    /// ms UTC.
    pub opened_at: i64,
    pub closed_at: Option<i64>,
    /// The word for why it closed.
    pub ended: Option<String>,
    pub frames_in: i64,
    pub frames_out: i64,
    pub keys: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recording {
    pub id: String,
    pub created_at: i64,
    pub rate: i64,
    /// `None` while it runs.
    pub milliseconds: Option<i64>,
    pub bytes: Option<i64>,
    pub sha256: Option<String>,
    /// Why it is not whole.
    pub problem: Option<String>,
}

/// A recording that a call flow made; it is played from the platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowRecording {
    pub id: String,
    /// ms UTC.
    pub started_at: i64,
    pub milliseconds: i64,
    /// As the platform told it, if it did.
    pub bytes: Option<i64>,
}

/// The numbers and engines of audio sockets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AudioPage {
    pub lines: Vec<AudioLine>,
    /// Numbers that lead nowhere yet: they can become audio sockets.
    pub free: Vec<String>,
    pub engines: Vec<Engine>,
    /// Where the platform connects to, without a token.
    pub socket_url: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AudioLine {
    /// Digits.
    pub number: String,
    pub plan: String,
    /// Why the plan makes no sense, if so.
    pub problem: Option<Trouble>,
    /// Visitors may call it from the support page.
    pub open: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Engine {
    pub name: String,
    pub url: String,
    /// Why it cannot be used, if so.
    pub problem: Option<Trouble>,
}

/// The audio of a call, by the call's id. `None` when the call has nothing to do with audio sockets and nothing of it was
/// recorded, or when the asker may not see it.
#[server(prefix = "/api", endpoint = "call-audio")]
pub async fn audio_of_call(id: String) -> Result<Option<CallAudio>, ApiError> {
    use super::context;
    context::guarded_or_nothing(async {
        let account = context::supervisor().await?;
        let services = context::services()?;
        let Some(call) = services.log.call(&id).await? else { return Ok(None) };
        let (sockets, recordings) = services.audio.audio_of(&call.row.conversation).await?;
        let of_flow = services.audio.call_recordings(&call.row.conversation).await?;
        let on_socket = !sockets.is_empty() || call.row.line.as_deref() == Some("audio-socket");
        if !on_socket && of_flow.is_empty() {
            return Ok(None);
        }
        let over = call.row.ended_at.is_some() || matches!(call.row.phase, crate::domain::call::Phase::Ended(_));
        Ok(Some(CallAudio {
            conversation: call.row.conversation,
            running: on_socket && !over,
            sockets: sockets
                .into_iter()
                .map(|row| Socket {
                    plan: row.plan,
                    opened_at: row.opened_at.unwrap_or(row.issued_at),
                    closed_at: row.closed_at,
                    ended: row.ended,
                    frames_in: row.frames_in,
                    frames_out: row.frames_out,
                    keys: row.keys,
                })
                .collect(),
            recordings: recordings
                .into_iter()
                .map(|row| Recording {
                    id: row.id,
                    created_at: row.created_at,
                    rate: row.rate,
                    milliseconds: row.milliseconds,
                    bytes: row.bytes,
                    sha256: row.sha256,
                    problem: row.problem,
                })
                .collect(),
            of_flow: of_flow
                .into_iter()
                .map(|row| FlowRecording {
                    id: row.id,
                    started_at: row.started_at,
                    milliseconds: row.milliseconds,
                    bytes: row.bytes,
                })
                .collect(),
            may_delete: account.role.may(Role::Operator),
        }))
    })
    .await
}

/// Deletes a recording and goes back to its call.
#[server(prefix = "/api", endpoint = "delete-recording")]
pub async fn delete_recording(
    #[server(default)] id: String,
    #[server(default)] call: String,
) -> Result<bool, ApiError> {
    use super::context;
    context::guarded_or_nothing(async {
        context::operator().await?;
        let deleted = context::services()?.audio.delete_recording(&id).await?;
        if call.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
            leptos_axum::redirect(&format!("/admin/calls/{call}"));
        }
        Ok(deleted)
    })
    .await
}

/// What the operator's page shows.
#[server(prefix = "/api", endpoint = "audio-page")]
pub async fn audio_lines_page() -> Result<Access<Page<AudioPage>>, ApiError> {
    use super::admin::server::page;
    use super::context;
    use crate::domain::audio_socket::Plan;
    use crate::domain::line::Line;
    context::guarded(async {
        let account = context::operator().await?;
        let services = context::services()?;
        let directory = services.lines.directory();
        let mut numbers: Vec<_> = directory.numbers.iter().collect();
        numbers.sort_by_key(|(number, _)| number.digits());
        let (mut lines, mut free) = (Vec::new(), Vec::new());
        for (number, line) in numbers {
            match line {
                Line::AudioSocket(target) => lines.push(AudioLine {
                    number: number.digits().to_owned(),
                    plan: target.clone(),
                    problem: Plan::parse(target).err().map(|error| Trouble::Plan(error.to_string())),
                    open: directory.open.contains(number),
                }),
                Line::Unassigned => free.push(number.digits().to_owned()),
                _ => {}
            }
        }
        let engines = services.audio.engines().await?;
        let content = AudioPage {
            lines,
            free,
            engines: engines
                .into_iter()
                .map(|(row, refusal)| Engine { name: row.name, url: row.url, problem: refusal.map(Trouble::from) })
                .collect(),
            socket_url: services.settings().audio.socket_url.clone(),
        };
        Ok(page(&services, &account, content))
    })
    .await
}

/// Makes a number an audio socket, or changes what works on its audio. Back to the page, with what was wrong.
#[server(prefix = "/api", endpoint = "audio-line")]
pub async fn save_audio_line(
    #[server(default)] number: String,
    #[server(default)] speaker: String,
    #[server(default)] record: Option<String>,
    #[server(default)] rate: String,
    #[server(default)] open: Option<String>,
) -> Result<Option<String>, ApiError> {
    use super::context;
    use crate::domain::audio_socket::Plan;
    use crate::domain::line::Line;
    context::guarded_or_nothing(async {
        let account = context::operator().await?;
        let services = context::services()?;
        let target = format!("{speaker}{}@{rate}", if record.is_some() { "+record" } else { "" });
        let saved = async {
            let plan = Plan::parse(&target).map_err(|error| Trouble::Plan(error.to_string()))?;
            let number = services.lines.read_own_number(&number)?;
            let directory = services.lines.directory();
            match directory.numbers.get(&number) {
                Some(Line::AudioSocket(_) | Line::Unassigned) => {}
                Some(_) => return Err(Trouble::OtherLine),
                None => return Err(Trouble::NotOurs(number.grouped())),
            }
            services.lines.assign_number(&number, &Line::AudioSocket(plan.target())).await?;
            Ok(services.audio.open_number(&number, open.is_some()).await?)
        };
        let flash = saved.await.map_or_else(Flash::AudioRefused, |()| Flash::AudioSaved);
        back(&services, &account, &flash)
    })
    .await
}

/// Gives the relay an engine. Back to the page, with what was wrong.
#[server(prefix = "/api", endpoint = "audio-engine")]
pub async fn save_engine(
    #[server(default)] name: String,
    #[server(default)] url: String,
) -> Result<Option<String>, ApiError> {
    use super::context;
    use crate::service::Refusable as _;
    context::guarded_or_nothing(async {
        let account = context::operator().await?;
        let services = context::services()?;
        let flash = match services.audio.put_engine(name.trim(), &url).await.refusable()? {
            Ok(()) => Flash::AudioSaved,
            Err(refusal) => Flash::EngineRefused { why: refusal.into(), name, url },
        };
        back(&services, &account, &flash)
    })
    .await
}

/// Takes an engine away.
#[server(prefix = "/api", endpoint = "delete-audio-engine")]
pub async fn delete_engine(#[server(default)] name: String) -> Result<Option<String>, ApiError> {
    use super::context;
    context::guarded_or_nothing(async {
        let account = context::operator().await?;
        let services = context::services()?;
        services.audio.delete_engine(&name).await?;
        back(&services, &account, &Flash::AudioSaved)
    })
    .await
}

/// Leads back to the page, which shows the outcome of the form once; for other clients, what was wrong, in English.
#[cfg(not(target_arch = "wasm32"))]
fn back(
    services: &crate::service::Services,
    account: &crate::service::Account,
    flash: &Flash,
) -> Result<Option<String>, Stop> {
    super::admin::server::go(services, account, PAGE, flash)?;
    Ok(match flash {
        Flash::AudioRefused(why) | Flash::EngineRefused { why, .. } => Some(why.to_string()),
        _ => None,
    })
}
