//! Campaigns: the list, and the form of one with its numbers.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::parts::{Tabs, Wrong, address, euro, fields, why};
use super::pool::PoolState;
use crate::api::call_tracking::{CAMPAIGNS, Campaign, Campaigns as List, Fields, REPORT, read_campaigns};
use crate::domain::call_tracking::campaign::{COLOURS, Draft, LONGEST_NAME, LONGEST_WHISPER};
use crate::domain::phone::grouped;
use crate::ui::admin::cells::{Time, TimesIn};
use crate::ui::admin::gate::gate;
use crate::ui::admin::link::encoded;
use crate::ui::admin::trouble::{list as list_of, said};
use crate::ui::language::{Words, words};
use crate::ui::parts::frame::Frame;
use crate::ui::parts::icon::{Icon, Mark};
use crate::ui::parts::live::{LiveMark, LivePart, Of};
use crate::ui::parts::markup::Title;

#[component]
pub fn Campaigns() -> impl IntoView {
    let words = words();
    let found = Resource::new(|| (), |()| read_campaigns(String::new()));
    let content = move || {
        Suspend::new(async move { gate(found.await, CAMPAIGNS, move |list| view! { <ListPage list/> }.into_any()) })
    };
    view! {
        <Title text=words.tracking_campaigns/>
        <Suspense fallback=|| ()>{content}</Suspense>
    }
}

#[component]
fn ListPage(list: List) -> impl IntoView {
    let words = words();
    let List { around, campaigns, script, support, .. } = list;
    let rows = campaigns
        .iter()
        .map(|campaign| {
            let now: Vec<String> =
                campaign.numbers.iter().filter(|number| number.until.is_none()).map(|number| grouped(&number.number)).collect();
            let draft = &campaign.draft;
            let from = [&draft.source, &draft.medium].into_iter().filter(|word| !word.is_empty()).cloned().collect::<Vec<_>>();
            let numbers = if now.is_empty() {
                view! { <span class="badge">{words.tracking_no_number}</span> }.into_any()
            } else {
                list_of(words, &now).into_any()
            };
            let report = address(REPORT, &Fields(vec![("campaign".into(), campaign.id.clone())]));
            let rings = match draft.destination.as_str() {
                "agents" => words.tracking_agents.to_owned(),
                number => grouped(number),
            };
            let runs = match (draft.starts.is_empty(), draft.ends.is_empty()) {
                (true, true) => words.tracking_always.to_owned(),
                (false, true) => words.tracking_from_on(&draft.starts),
                (true, false) => words.tracking_until(&draft.ends),
                (false, false) => format!("{} – {}", draft.starts, draft.ends),
            };
            view! {
                <tr>
                    <th scope="row" class="wrap">
                        <span class=format!("swatch k-{}", draft.colour)></span>
                        <a href=format!("{CAMPAIGNS}/{}", encoded(&campaign.id))>{draft.name.clone()}</a>
                        {campaign.archived.then(|| view! { " "<span class="badge plain">{words.tracking_archived}</span> })}
                    </th>
                    <td data-label=words.tracking_source>{from.join(" / ")}</td>
                    <td data-label=words.tracking_numbers>{numbers}</td>
                    <td data-label=words.tracking_destination>{rings}</td>
                    <td data-label=words.tracking_runs>{runs}</td>
                    <td data-label=words.tracking_cost class="number">{if draft.cost.is_empty() { "–".to_owned() } else { euro(&draft.cost) }}</td>
                    <td><a href=report>{words.tracking_tab_report}</a></td>
                </tr>
            }
        })
        .collect_view();
    let content = if campaigns.is_empty() {
        view! {
            <div class="empty">
                <Icon mark=Mark::Signal/>
                <h2>{words.tracking_none}</h2>
                <p>{words.tracking_none_text}</p>
                <a class="button" href=format!("{CAMPAIGNS}/new")>{words.tracking_new}</a>
            </div>
        }
        .into_any()
    } else {
        view! {
            <div class="scroll" role="region" aria-label=words.tracking_campaigns tabindex="0">
                <table class="cards">
                    <thead>
                        <tr>
                            <th scope="col">{words.tracking_campaign}</th>
                            <th scope="col">{words.tracking_source}</th>
                            <th scope="col">{words.tracking_numbers}</th>
                            <th scope="col">{words.tracking_destination}</th>
                            <th scope="col">{words.tracking_runs}</th>
                            <th scope="col" class="number">{words.tracking_cost}</th>
                            <th scope="col"><span class="unseen">{words.tracking_tab_report}</span></th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        }
        .into_any()
    };
    let snippet = format!("<script async src=\"{script}\" data-number=\"{support}\"></script>");
    let (operator, handsets) = (around.operator, around.handsets);
    view! {
        <Frame operator handsets>
            <div class="heading">
                <h1>{words.tracking_campaigns}</h1>
                <Tabs here=CAMPAIGNS/>
                <a class="button small end" href=format!("{CAMPAIGNS}/new")>{words.tracking_new}</a>
            </div>
            {content}
            <section class="card" aria-labelledby="snippet">
                <h2 id="snippet">{words.tracking_snippet}</h2>
                <p class="hint">{words.tracking_snippet_text}</p>
                <pre tabindex="0">{snippet}</pre>
            </section>
        </Frame>
    }
}

/// One campaign, or a new one.
#[component]
pub fn CampaignPage() -> impl IntoView {
    let words = words();
    let id = use_params_map().get_untracked().get("id").unwrap_or_default();
    let query = fields();
    let asked = id.clone();
    let found = Resource::new(move || asked.clone(), read_campaigns);
    let content = move || {
        let (id, query) = (id.clone(), query.clone());
        Suspend::new(async move {
            let here = format!("{CAMPAIGNS}/{}", encoded(&id));
            gate(found.await, &here, move |list| {
                let campaign = list.campaigns.iter().find(|campaign| campaign.id == id).cloned();
                match (campaign, id.as_str()) {
                    (None, "new") => view! { <FormPage list query campaign=None/> }.into_any(),
                    (None, _) => view! { <Missing list/> }.into_any(),
                    (campaign, _) => view! { <FormPage list query campaign/> }.into_any(),
                }
            })
        })
    };
    view! {
        <Title text=words.tracking_campaign/>
        <Suspense fallback=|| ()>{content}</Suspense>
    }
}

#[component]
fn Missing(list: List) -> impl IntoView {
    let words = words();
    view! {
        <Frame operator=list.around.operator handsets=list.around.handsets>
            <div class="empty">
                <h1>{words.tracking_gone}</h1>
                <a class="button" href=CAMPAIGNS>{words.tracking_campaigns}</a>
            </div>
        </Frame>
    }
}

/// The fields of the form in which something can be wrong.
const FIELDS: [&str; 10] =
    ["name", "cost", "starts", "ends", "destination", "whisper", "source", "medium", "landing", "lease_minutes"];

/// The field that was refused, and why.
struct Refused {
    field: Option<String>,
    reason: Option<String>,
}

impl Refused {
    fn problem(&self, name: &str) -> Option<String> {
        self.reason.clone().filter(|_| self.field.as_deref() == Some(name))
    }

    fn invalid(&self, name: &str) -> Option<&'static str> {
        self.problem(name).map(|_| "true")
    }

    fn described(&self, name: &str) -> Option<String> {
        self.problem(name).map(|_| format!("why-{name}"))
    }

    /// The field, when the form has no place to say it.
    fn elsewhere(&self) -> Option<String> {
        self.field.clone().filter(|_| FIELDS.iter().all(|name| self.problem(name).is_none()))
    }
}

#[component]
fn FormPage(list: List, query: Fields, campaign: Option<Campaign>) -> impl IntoView {
    let words = words();
    let List { around, campaigns, free, typed, .. } = list;
    let wrong = query.get("wrong").map(str::to_owned);
    let saved = query.0.iter().any(|(name, _)| name == "saved");
    let unused = COLOURS[campaigns.len() % COLOURS.len()].to_owned();
    let fresh = Draft { colour: unused, lease_minutes: "30".into(), ..Draft::default() };
    let draft = typed.unwrap_or_else(|| campaign.as_ref().map_or(fresh, |campaign| campaign.draft.clone()));
    let title = campaign.as_ref().map_or_else(|| words.tracking_new.to_owned(), |campaign| campaign.draft.name.clone());
    let id = campaign.as_ref().map(|campaign| campaign.id.clone());
    let archived = campaign.as_ref().is_some_and(|campaign| campaign.archived);
    let new = id.is_none();
    let colours = COLOURS.map(|colour| {
        let checked = colour == draft.colour;
        let name = colour_name(words, colour);
        view! {
            <label class="dot" title=name.clone()>
                <input type="radio" name="colour" value=colour checked=checked/>
                <span class=format!("swatch k-{colour}")></span>
                <span class="unseen">{name.clone()}</span>
            </label>
        }
    });
    // The server judged again what was typed; the address says it only where that found nothing.
    let refused = Refused { field: around.wrong.clone().or(wrong), reason: around.why.as_ref().map(said) };
    let general = refused.elsewhere();
    let options =
        free.iter().map(|number| view! { <option value=number.clone()>{grouped(number)}</option> }).collect_view();
    let first_number = new.then(|| {
        view! {
            <fieldset>
                <legend>{words.tracking_number}</legend>
                <label>
                    <span>{words.tracking_number}</span>
                    <select name="number"><option value="">{words.tracking_later}</option>{options}</select>
                </label>
                <label class="check"><input type="checkbox" name="pool" value="true"/><span>{words.tracking_pool_box}</span></label>
                {free.is_empty().then(|| view! { <p class="hint">{words.tracking_no_free}</p> })}
            </fieldset>
        }
    });
    let archive = id.clone().map(|_| {
        view! {
            <label class="check">
                <input type="checkbox" name="archived" value="true" checked=archived/>
                <span>{words.tracking_archive}</span>
            </label>
        }
    });
    let (operator, handsets) = (around.operator, around.handsets);
    view! {
        <Frame operator handsets>
            <div class="heading"><h1>{title}</h1><Tabs here=CAMPAIGNS/></div>
            {saved.then(|| view! { <p class="notice done" role="status">{words.tracking_saved}</p> })}
            <Wrong field=general/>
            <form method="post" action="/api/save-campaign" class="card sheet">
                <input type="hidden" name="id" value=id.clone().unwrap_or_default()/>
                <fieldset>
                    <legend>{words.tracking_about}</legend>
                    <label>
                        <span>{words.tracking_name}</span>
                        <input name="name" value=draft.name required maxlength=LONGEST_NAME aria-invalid=refused.invalid("name") aria-describedby=refused.described("name")
                            autofocus=refused.problem("name").is_some()/>
                        {why("name", refused.problem("name"))}
                    </label>
                    <div class="choice">
                        <span id="colour">{words.tracking_colour}</span>
                        <div class="colours" role="radiogroup" aria-labelledby="colour">{colours.collect_view()}</div>
                    </div>
                    <label>
                        <span>{words.tracking_cost}</span>
                        <input name="cost" inputmode="decimal" value=draft.cost placeholder="1200.50" aria-invalid=refused.invalid("cost") aria-describedby=refused.described("cost")
                            autofocus=refused.problem("cost").is_some()/>
                        {why("cost", refused.problem("cost"))}
                        <small>{words.tracking_cost_hint}</small>
                    </label>
                    <label>
                        <span>{words.tracking_starts}</span>
                        <input type="date" name="starts" value=draft.starts aria-invalid=refused.invalid("starts") aria-describedby=refused.described("starts")
                            autofocus=refused.problem("starts").is_some()/>
                        {why("starts", refused.problem("starts"))}
                    </label>
                    <label>
                        <span>{words.tracking_ends}</span>
                        <input type="date" name="ends" value=draft.ends aria-invalid=refused.invalid("ends") aria-describedby=refused.described("ends")
                            autofocus=refused.problem("ends").is_some()/>
                        {why("ends", refused.problem("ends"))}
                    </label>
                </fieldset>
                <fieldset>
                    <legend>{words.tracking_call}</legend>
                    <label>
                        <span>{words.tracking_destination}</span>
                        <input name="destination" value=draft.destination required placeholder="+44 7700 900000" aria-invalid=refused.invalid("destination") aria-describedby=refused.described("destination")
                            autofocus=refused.problem("destination").is_some()/>
                        {why("destination", refused.problem("destination"))}
                        <small>{words.tracking_destination_hint}</small>
                    </label>
                    <label>
                        <span>{words.tracking_whisper}</span>
                        <input name="whisper" value=draft.whisper maxlength=LONGEST_WHISPER placeholder=words.tracking_whisper_example aria-invalid=refused.invalid("whisper") aria-describedby=refused.described("whisper")
                            autofocus=refused.problem("whisper").is_some()/>
                        {why("whisper", refused.problem("whisper"))}
                        <small>{words.tracking_whisper_hint}</small>
                    </label>
                </fieldset>
                <fieldset>
                    <legend>{words.tracking_web}</legend>
                    <label>
                        <span>{words.tracking_source}</span>
                        <input name="source" value=draft.source placeholder="google" maxlength=LONGEST_NAME aria-invalid=refused.invalid("source") aria-describedby=refused.described("source")
                            autofocus=refused.problem("source").is_some()/>
                        {why("source", refused.problem("source"))}
                        <small>{words.tracking_source_hint}</small>
                    </label>
                    <label>
                        <span>{words.tracking_medium}</span>
                        <input name="medium" value=draft.medium placeholder="cpc" maxlength=LONGEST_NAME aria-invalid=refused.invalid("medium") aria-describedby=refused.described("medium")
                            autofocus=refused.problem("medium").is_some()/>
                        {why("medium", refused.problem("medium"))}
                    </label>
                    <label>
                        <span>{words.tracking_landing}</span>
                        <input name="landing" value=draft.landing placeholder="/spring" aria-invalid=refused.invalid("landing") aria-describedby=refused.described("landing")
                            autofocus=refused.problem("landing").is_some()/>
                        {why("landing", refused.problem("landing"))}
                    </label>
                    <label>
                        <span>{words.tracking_lease}</span>
                        <input name="lease_minutes" inputmode="numeric" value=draft.lease_minutes aria-invalid=refused.invalid("lease_minutes") aria-describedby=refused.described("lease_minutes")
                            autofocus=refused.problem("lease_minutes").is_some()/>
                        {why("lease_minutes", refused.problem("lease_minutes"))}
                        <small>{words.tracking_lease_hint}</small>
                    </label>
                </fieldset>
                {first_number}
                {archive}
                <div class="actions">
                    <button type="submit" class="button">{words.tracking_save}</button>
                    <a href=CAMPAIGNS>{words.tracking_back}</a>
                </div>
            </form>
            {campaign.map(|campaign| view! { <Numbers campaign free/> })}
        </Frame>
    }
}

fn colour_name(words: &'static Words, colour: &str) -> String {
    let at = COLOURS.iter().position(|known| *known == colour).unwrap_or_default();
    words.tracking_colours.split(' ').nth(at).unwrap_or(colour).to_owned()
}

/// The numbers of a campaign, now and before.
#[component]
fn Numbers(campaign: Campaign, free: Vec<String>) -> impl IntoView {
    let words = words();
    let id = campaign.id.clone();
    let rows = campaign
        .numbers
        .iter()
        .map(|number| {
            let now = number.until.is_none();
            let take = now.then(|| {
                view! {
                    <form method="post" action="/api/give-number">
                        <input type="hidden" name="number" value=number.number.clone()/>
                        <input type="hidden" name="page" value=id.clone()/>
                        <button type="submit" class="link">{words.tracking_take}</button>
                    </form>
                }
            });
            let until = match number.until {
                Some(at) => view! { <Time at/> }.into_any(),
                None => words.tracking_now.into_any(),
            };
            view! {
                <tr data-key=format!("{}-{}", number.number, number.from)>
                    <th scope="row">
                        {grouped(&number.number)}
                        {number.pool.then(|| view! { " "<span class="badge plain">{words.tracking_pool}</span> })}
                    </th>
                    <td data-label=words.tracking_from><Time at=number.from/></td>
                    <td data-label=words.tracking_to>{until}</td>
                    <td>{take}</td>
                </tr>
            }
        })
        .collect_view();
    let options =
        free.iter().map(|number| view! { <option value=number.clone()>{grouped(number)}</option> }).collect_view();
    let pool = campaign.pool.map(|pool| {
        let name = campaign.draft.name.clone();
        view! { <div class="pools"><PoolState name pool/></div> }
    });
    let dated = !campaign.numbers.is_empty();
    view! {
        <section class="card" aria-labelledby="numbers">
            <h2 id="numbers">{words.tracking_numbers}</h2>
            <p class="hint">{words.tracking_numbers_text}</p>
            <LiveMark of=Of::Pages/>
            <LivePart name="numbers">{dated.then(|| view! {
                <div class="scroll" role="region" aria-label=words.tracking_numbers tabindex="0">
                    <table class="cards">
                        <thead>
                            <tr>
                                <th scope="col">{words.tracking_number}</th>
                                <th scope="col">{words.tracking_from}</th>
                                <th scope="col">{words.tracking_to}</th>
                                <th scope="col"><span class="unseen">{words.tracking_take}</span></th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
                <TimesIn/>
            })}</LivePart>
            {if free.is_empty() {
                view! { <p class="hint">{words.tracking_no_free}</p> }.into_any()
            } else {
                view! {
                    <form method="post" action="/api/give-number" class="inline">
                        <input type="hidden" name="campaign" value=campaign.id.clone()/>
                        <input type="hidden" name="page" value=campaign.id.clone()/>
                        <label><span>{words.tracking_number}</span><select name="number" required>{options}</select></label>
                        <label class="check"><input type="checkbox" name="pool" value="true"/><span>{words.tracking_pool_box}</span></label>
                        <button type="submit" class="button small">{words.tracking_give}</button>
                    </form>
                }
                .into_any()
            }}
            <LivePart name="pool">{pool}</LivePart>
        </section>
    }
}
