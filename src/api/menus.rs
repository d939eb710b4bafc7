//! Menus for the operator: the list, one menu's form, and what is done with them. Forms are posted plainly and answer with
//! a redirect; one that was refused is filled in again by the page it leads back to.

use leptos::server;
use leptos::server_fn::codec::Json;
use serde::{Deserialize, Serialize};

use super::access::Access;
use super::admin::Page;
use super::error::ApiError;
use crate::domain::menu::draft::Draft;
use crate::domain::trouble::FieldError;

/// The list's address; a menu is under it by its id, a new one under `new`.
pub const MENUS: &str = "/admin/menus";

/// A menu in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MenuEntry {
    pub id: String,
    pub name: String,
    /// How many keys lead somewhere.
    pub keys: usize,
    /// The numbers that lead to it, as people write them.
    pub numbers: Vec<String>,
    /// The other menus that lead to it, by name.
    pub menus: Vec<String>,
    /// ms UTC
    pub changed_at: i64,
}

/// What keys may lead to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Targets {
    /// By name.
    pub agents: Vec<String>,
    /// Ids and names.
    pub queues: Vec<(String, String)>,
    /// Ids and names.
    pub menus: Vec<(String, String)>,
    /// Ids and names.
    pub flows: Vec<(String, String)>,
}

/// A menu's form.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MenuForm {
    /// `None` for a new menu.
    pub id: Option<String>,
    /// Its name as it is kept.
    pub name: String,
    pub draft: Draft,
    /// What is wrong with the draft, if it was refused.
    pub wrong: Vec<FieldError>,
    pub targets: Targets,
    /// The prompt that callers hear where none is written.
    pub usual_prompt: String,
}

/// The list of menus.
#[server(prefix = "/api", endpoint = "menus", input = Json)]
pub async fn read_menus() -> Result<Access<Page<Vec<MenuEntry>>>, ApiError> {
    use super::admin::server::page;
    use super::context;
    use crate::domain::phone::E164;
    context::guarded(async {
        let operator = context::operator().await?;
        let services = context::services()?;
        let mut entries = Vec::new();
        for row in &services.menus.current().await.menus {
            let uses = services.menus.uses(&row.menu.id).await?;
            entries.push(MenuEntry {
                id: row.menu.id.clone(),
                name: row.menu.name.clone(),
                keys: row.menu.keys.len(),
                numbers: uses.numbers.iter().map(E164::grouped).collect(),
                menus: uses.menus,
                changed_at: row.changed_at,
            });
        }
        Ok(page(&services, &operator, entries))
    })
    .await
}

/// The form for a menu, or for a new one (`id` is `new`). `None` when there is no such menu.
#[server(prefix = "/api", endpoint = "menu", input = Json)]
pub async fn read_menu(id: String) -> Result<Access<Page<Option<MenuForm>>>, ApiError> {
    use super::admin::server::{page, take};
    use super::context;
    use crate::domain::menu::Menu;
    context::guarded(async {
        let operator = context::operator().await?;
        let services = context::services()?;
        let in_force = services.menus.current().await;
        let known = in_force.find(&id).cloned();
        if known.is_none() && id != NEW {
            return Ok(page(&services, &operator, None));
        }
        let menu = known.clone().unwrap_or_else(|| {
            let nothing = Menu::of_agents("", &[]);
            Menu { name: String::new(), greeting: crate::domain::language::Texts::default(), ..nothing }
        });
        let typed: Option<(Draft, Vec<FieldError>)> = take(&services, &operator, &form::typed_on(&id));
        let (draft, wrong) = typed.unwrap_or_else(|| (menu.draft(), Vec::new()));
        let form = MenuForm {
            id: known.map(|menu| menu.id),
            usual_prompt: services.menus.usual_prompt(&menu).await,
            name: menu.name,
            draft,
            wrong,
            targets: form::targets(&services).await?,
        };
        Ok(page(&services, &operator, Some(form)))
    })
    .await
}

/// What stands for the id of a menu that is not made yet.
#[cfg(not(target_arch = "wasm32"))]
const NEW: &str = "new";

/// Makes a menu (`id` is empty or `new`) or changes one. What was refused is filled in again.
#[server(prefix = "/api", endpoint = "menu-save")]
pub async fn save_menu(#[server(default)] id: String, #[server(flatten)] draft: Draft) -> Result<(), ApiError> {
    use super::admin::server::{go, leave};
    use super::context;
    use super::flash::Flash;
    use crate::service::Refusable as _;
    context::guarded_or_nothing(async {
        let operator = context::operator().await?;
        let services = context::services()?;
        let known = Some(id.as_str()).filter(|id| !id.is_empty() && *id != NEW);
        match services.menus.keep(known, &draft).await.refusable()? {
            Ok(_) => go(&services, &operator, MENUS, &Flash::MenuSaved(draft.name.trim().to_owned())),
            Err(wrong) => {
                let here = known.unwrap_or(NEW);
                leave(&services, &operator, &form::typed_on(here), &(&draft, &wrong))?;
                go(&services, &operator, &format!("{MENUS}/{here}"), &Flash::FormRefused)
            }
        }
    })
    .await
}

/// Deletes a menu that no number and no other menu leads to.
#[server(prefix = "/api", endpoint = "menu-delete")]
pub async fn delete_menu(#[server(default)] id: String) -> Result<(), ApiError> {
    use super::admin::server::go;
    use super::context;
    use super::flash::Flash;
    use crate::service::Refusable as _;
    context::guarded_or_nothing(async {
        let operator = context::operator().await?;
        let services = context::services()?;
        let flash = match services.menus.delete(&id).await.refusable()? {
            Ok(()) => Flash::MenuDeleted,
            Err(why) => Flash::Refused(why),
        };
        go(&services, &operator, MENUS, &flash)
    })
    .await
}

#[cfg(not(target_arch = "wasm32"))]
mod form {
    use super::Targets;
    use crate::api::context::Stop;
    use crate::service::Services;

    /// The name under which is left what a menu's form was refused with.
    pub(super) fn typed_on(id: &str) -> String {
        format!("typed menu {id}")
    }

    /// What keys may lead to now.
    pub(super) async fn targets(services: &Services) -> Result<Targets, Stop> {
        let mut agents: Vec<String> = services.lines.directory().agents.iter().cloned().collect();
        agents.sort();
        let menus = services.menus.current().await;
        let flows = services.flows.call_flows().await?;
        Ok(Targets {
            agents,
            queues: services.queues.current().await.queues().map(|one| (one.id.clone(), one.name.clone())).collect(),
            menus: menus.menus.iter().map(|row| (row.menu.id.clone(), row.menu.name.clone())).collect(),
            flows: flows.into_iter().map(|flow| (flow.id, flow.name)).collect(),
        })
    }
}
