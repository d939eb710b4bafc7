//! Call flows that the operator writes: the list, the editor, the check, the dry run and the trial.

use std::collections::BTreeMap;

use leptos::server;
use leptos::server_fn::codec::Json;
use serde::{Deserialize, Serialize};

use super::access::Access;
use super::admin::Page;
#[cfg(not(target_arch = "wasm32"))]
use super::context::Stop;
use super::error::ApiError;
#[cfg(not(target_arch = "wasm32"))]
use super::flash::Flash;
use crate::domain::call_flows::drawing::Picture;
#[cfg(not(target_arch = "wasm32"))]
use crate::domain::call_flows::drawing::act::{Button, Done, Open, Refused, Said, done};
use crate::domain::call_flows::{Outcome, Preset, Problem, Step};
#[cfg(not(target_arch = "wasm32"))]
use crate::service::{Account, CallFlow as KeptFlow, Services};

/// The list's address; a flow is under it by its id, a new one under `new`.
pub const FLOWS: &str = "/admin/flows";

/// Where the editor's script asks what is to be said of a text while it is typed: a [`FlowCheck`] as JSON.
pub const CHECK: &str = "/api/call-flow-check";

/// A text that is being typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowCheck {
    pub text: String,
    #[serde(default)]
    pub keys: String,
    #[serde(default)]
    pub outcome: String,
    /// It differs from the saved text.
    #[serde(default)]
    pub unsaved: bool,
    /// The button of the drawing that was pressed; none while somebody types.
    #[serde(default)]
    pub act: String,
    /// The other fields of the page's form, those of the drawing among them.
    #[serde(flatten)]
    pub drawn: BTreeMap<String, String>,
}

/// The keys among what was typed into the field for keys.
#[must_use]
pub fn pressed(typed: &str) -> String {
    typed.chars().filter(|c| matches!(c, '0'..='9' | '*' | '#')).take(20).collect()
}

/// A flow in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowEntry {
    pub id: String,
    pub name: String,
    pub preset: Preset,
    /// As people write them.
    pub numbers: Vec<String>,
    pub actions: usize,
    /// Agents' own calls run it.
    pub for_agents_calls: bool,
    /// ms UTC
    pub changed_at: i64,
}

/// The editor.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FlowPage {
    /// `None` for a new flow.
    pub id: Option<String>,
    pub name: String,
    pub preset: Preset,
    pub text: String,
    pub numbers: Vec<String>,
    /// The text is not what is kept.
    pub unsaved: bool,
    /// The page of a new flow, still empty: no preset was chosen and nothing typed.
    pub blank: bool,
    /// The text shown was typed earlier and not saved; it can be discarded.
    pub draft: bool,
    pub problems: Vec<Problem>,
    /// A dry run; empty when the flow cannot run.
    pub steps: Vec<Step>,
    /// The flow as boxes and arrows.
    pub picture: Picture,
    pub keys: String,
    pub outcome: Outcome,
    /// In the sandbox: the telephone that a trial rings.
    pub telephone: Option<String>,
}

/// What was typed and is not kept.
#[cfg(not(target_arch = "wasm32"))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Draft {
    id: Option<String>,
    name: String,
    preset: Preset,
    text: String,
    keys: String,
    outcome: Outcome,
    telephone: String,
    open: Open,
    said: Option<Said>,
    refused: Option<Refused>,
}

/// The list of flows.
#[server(prefix = "/api", endpoint = "call-flows", input = Json)]
pub async fn call_flows() -> Result<Access<Page<Vec<FlowEntry>>>, ApiError> {
    use super::admin::server::page;
    use super::context;
    context::guarded(async {
        let account = context::operator().await?;
        let services = context::services()?;
        let flows = services.flows.call_flows().await?;
        let entries = flows.into_iter().map(|flow| FlowEntry {
            actions: serde_json::from_str::<Vec<serde_json::Value>>(&flow.text).map_or(0, |actions| actions.len()),
            for_agents_calls: flow.for_agents_calls,
            id: flow.id,
            name: flow.name,
            preset: flow.preset,
            numbers: flow.numbers.iter().map(crate::domain::phone::E164::grouped).collect(),
            changed_at: flow.changed_at,
        });
        Ok(page(&services, &account, entries.collect()))
    })
    .await
}

/// The editor for a flow, or for a new one (`id` is `new`) that begins with `preset`. `None` when there is no such flow.
#[server(prefix = "/api", endpoint = "call-flow", input = Json)]
pub async fn call_flow(id: String, preset: Option<Preset>) -> Result<Access<Page<Option<FlowPage>>>, ApiError> {
    use super::admin::server::page;
    use super::context;
    context::guarded(async {
        let account = context::operator().await?;
        let services = context::services()?;
        let kept = if id == "new" { None } else { services.flows.call_flow(&id).await? };
        if kept.is_none() && id != "new" {
            return Ok(page(&services, &account, None));
        }
        let draft =
            services.flash.read_flash(&account.id, DRAFT).and_then(|note| serde_json::from_str::<Draft>(&note).ok());
        // A preset that is asked for replaces what was typed for a new flow.
        let draft = draft.filter(|draft| draft.id == kept.as_ref().map(|flow| flow.id.clone()) && preset.is_none());
        let last = draft.as_ref().map(|draft| (draft.open, draft.said.clone(), draft.refused.clone()));
        let base = shown(&services, kept, draft, preset);
        let (open, said, refused) = last.unwrap_or_default();
        let picture = Picture { said, refused, ..services.flows.picture(&base.text, open).await };
        let judged = services.flows.judged(&base.text, &base.keys, base.outcome).await?;
        // An empty page is not wrong yet.
        let problems = if base.blank { Vec::new() } else { judged.problems };
        let content = FlowPage { problems, steps: judged.steps, picture, ..base };
        Ok(page(&services, &account, Some(content)))
    })
    .await
}

/// What the editor begins with: what was typed before, the flow that is kept, a preset, or nothing.
#[cfg(not(target_arch = "wasm32"))]
fn shown(services: &Services, kept: Option<KeptFlow>, draft: Option<Draft>, preset: Option<Preset>) -> FlowPage {
    use crate::domain::phone::E164;
    let settings = services.settings();
    let handset = settings.sandbox.as_ref().map(|_| settings.support.destination.grouped());
    let page = FlowPage {
        id: kept.as_ref().map(|flow| flow.id.clone()),
        numbers: kept.as_ref().map(|flow| flow.numbers.iter().map(E164::grouped).collect()).unwrap_or_default(),
        unsaved: kept.is_none(),
        keys: "1".into(),
        telephone: handset.clone(),
        ..FlowPage::default()
    };
    match (draft, kept) {
        (Some(draft), kept) => FlowPage {
            unsaved: kept.is_none_or(|flow| flow.text != draft.text || flow.name != draft.name),
            draft: true,
            name: draft.name,
            preset: draft.preset,
            text: draft.text,
            keys: draft.keys,
            outcome: draft.outcome,
            telephone: handset.map(|usual| if draft.telephone.is_empty() { usual } else { draft.telephone }),
            ..page
        },
        (None, Some(flow)) => FlowPage { name: flow.name, preset: flow.preset, text: flow.text, ..page },
        (None, None) => FlowPage {
            blank: preset.is_none(),
            preset: preset.unwrap_or_default(),
            text: preset.map(|preset| preset.text().to_owned()).unwrap_or_default(),
            ..page
        },
    }
}

/// The note that holds a [`Draft`].
#[cfg(not(target_arch = "wasm32"))]
const DRAFT: &str = "call-flow";

/// Keeps a flow, or checks it, walks it, or tries it on a telephone, as `act` says: `save`, `check`, `walk`, `call`.
/// Saved or not, what was typed is there again on the next page, until it is saved or `discard` was said. `drawn` are the
/// fields of the drawing; what was typed there is done to the text before anything else, and `act` may be its button.
#[server(prefix = "/api", endpoint = "call-flow-edit")]
pub async fn edit_call_flow(
    #[server(default)] id: String,
    #[server(default)] name: String,
    #[server(default)] preset: String,
    #[server(default)] text: String,
    #[server(default)] act: String,
    #[server(default)] keys: String,
    #[server(default)] outcome: String,
    #[server(default)] telephone: String,
    #[server(flatten)] drawn: BTreeMap<String, String>,
) -> Result<Access<()>, ApiError> {
    use super::context;
    context::guarded(async {
        let account = context::operator().await?;
        let services = context::services()?;
        let id = Some(id).filter(|id| !id.is_empty() && id != "new");
        // Browsers send lines as CRLF.
        let text = text.replace("\r\n", "\n");
        let here = format!("{FLOWS}/{}", id.as_deref().unwrap_or("new"));
        if act == "discard" {
            let _ = services.flash.take_flash(&account.id, DRAFT);
            leptos_axum::redirect(if id.is_some() { &here } else { FLOWS });
            return Ok(());
        }
        let Done { text, open, said, refused, focus } = done(&text, &act, &drawn);
        let at_drawing = Button::parse(&act).is_some() || refused.is_some();
        let draft = Draft {
            id,
            name,
            preset: Preset::parse(&preset).unwrap_or_default(),
            text,
            keys: pressed(&keys),
            outcome: Outcome::parse(&outcome),
            telephone,
            open,
            said,
            refused,
        };
        services.flash.leave_flash(&account.id, DRAFT, serde_json::to_string(&draft)?);
        if at_drawing {
            leptos_axum::redirect(&format!("{here}#{}", if focus.is_empty() { "drawing" } else { &focus }));
            return Ok(());
        }
        match act.as_str() {
            "check" => leptos_axum::redirect(&format!("{here}#problems")),
            "walk" => leptos_axum::redirect(&format!("{here}#walk")),
            "call" => {
                let outcome = match services.lines.read_number(&draft.telephone) {
                    Err(error) => error.into(),
                    Ok(number) => match services.flows.try_call_flow(&draft.text, &number).await {
                        Ok(()) => Flash::FlowRings(number.grouped()),
                        Err(error) => error.into(),
                    },
                };
                super::admin::server::go(&services, &account, &here, &outcome)?;
            }
            _ => save(&services, &account, draft, &here).await?,
        }
        Ok(())
    })
    .await
}

/// Puts a flow in force; what is refused waits as a draft.
#[cfg(not(target_arch = "wasm32"))]
async fn save(services: &Services, account: &Account, draft: Draft, here: &str) -> Result<(), Stop> {
    use super::admin::server::go;
    use crate::service::FlowRefusal;
    let Draft { id, name, preset, text, .. } = draft;
    match services.flows.keep_call_flow(id.as_deref(), &name, preset, &text).await {
        Ok(id) => {
            let _ = services.flash.take_flash(&account.id, DRAFT);
            go(services, account, &format!("{FLOWS}/{id}"), &Flash::FlowSaved(name))
        }
        Err(FlowRefusal::Unavailable(error)) => Err(error.into()),
        // They are listed below the text, until it is mended.
        Err(FlowRefusal::Problems(_)) => {
            leptos_axum::redirect(&format!("{here}#problems"));
            Ok(())
        }
        Err(refusal) if refusal.is_about_the_name() => go(services, account, here, &Flash::at_field("name", refusal)),
        Err(refusal) => go(services, account, here, &refusal.into()),
    }
}

/// Deletes a flow that no number leads to.
#[server(prefix = "/api", endpoint = "call-flow-delete")]
pub async fn delete_call_flow(#[server(default)] id: String) -> Result<Access<()>, ApiError> {
    use super::admin::server::go;
    use super::context;
    context::guarded(async {
        let account = context::operator().await?;
        let services = context::services()?;
        let outcome = match services.flows.delete_call_flow(&id).await {
            Ok(()) => Flash::FlowDeleted,
            Err(refusal) => refusal.into(),
        };
        go(&services, &account, FLOWS, &outcome)
    })
    .await
}

/// Has agents' own calls run a flow, or the usual one (`off`).
#[server(prefix = "/api", endpoint = "call-flow-for-agents")]
pub async fn use_for_agents_calls(
    #[server(default)] id: String,
    #[server(default)] off: bool,
) -> Result<Access<()>, ApiError> {
    use super::admin::server::go;
    use super::context;
    context::guarded(async {
        let account = context::operator().await?;
        let services = context::services()?;
        let outcome = match services.flows.use_for_agents_calls(Some(id.as_str()).filter(|_| !off)).await {
            Ok(()) => Flash::FlowForAgents,
            Err(refusal) => refusal.into(),
        };
        go(&services, &account, FLOWS, &outcome)
    })
    .await
}
