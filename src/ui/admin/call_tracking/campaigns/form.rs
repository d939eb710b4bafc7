//! The form of a campaign, filled in again when it was refused.

use leptos::prelude::*;

use crate::api::call_tracking::{CAMPAIGNS, Campaign};
use crate::domain::call_tracking::campaign::{COLOURS, Draft, LONGEST_NAME, LONGEST_WHISPER};
use crate::domain::phone::grouped;
use crate::ui::language::{Words, words};
use crate::ui::parts::field::{Check, Choice, FormPart, TextField};

/// The fields of the form in which something can be wrong, from top to bottom.
const FIELDS: [&str; 10] =
    ["name", "destination", "whisper", "starts", "ends", "cost", "source", "medium", "landing", "lease_minutes"];

/// The destination of calls that the agents take.
const AGENTS: &str = "agents";

/// The fields that were refused, and why.
pub struct Refused(pub Vec<(String, String)>);

impl Refused {
    fn problem(&self, name: &str) -> Option<String> {
        self.0.iter().find(|(field, _)| field == name).map(|(_, why)| why.clone())
    }

    /// Whether the form has a place where it says what is wrong with this field.
    pub fn says(&self, field: &str) -> bool {
        FIELDS.contains(&field) && self.problem(field).is_some()
    }
}

#[component]
pub fn Form(
    /// `None`: a new one.
    campaign: Option<Campaign>,
    draft: Draft,
    refused: Refused,
    /// Our numbers that no line has.
    free: Vec<String>,
    /// The queues whose agents can take its calls: the word of the destination, and the name.
    queues: Vec<(String, String)>,
) -> impl IntoView {
    let words = words();
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
    let first_number = new.then(|| {
        let mut numbers = vec![(String::new(), words.tracking_later.to_owned())];
        numbers.extend(free.iter().map(|number| (number.clone(), grouped(number))));
        let help = free.is_empty().then(|| words.tracking_no_free.to_owned());
        view! {
            <FormPart title=words.tracking_number text=Some(words.tracking_number_text)>
                <Choice label=words.tracking_number name="number" choices=numbers help error=None/>
                <Check label=words.tracking_pool_box name="pool" value="true" checked=false help=None/>
            </FormPart>
        }
    });
    let archive = id.clone().map(|_| {
        view! {
            <FormPart title=words.tracking_archive_title text=None>
                <Check label=words.tracking_archive name="archived" value="true" checked=archived help=None/>
            </FormPart>
        }
    });
    // What was refused stays as it was typed.
    let is_queue = queues.iter().any(|(word, _)| *word == draft.destination);
    let rings = if refused.0.is_empty() && !is_queue { grouped(&draft.destination) } else { draft.destination };
    let first_wrong = FIELDS.into_iter().find(|field| refused.problem(field).is_some());
    let first = move |field: &str| first_wrong == Some(field);
    let [name, destination, whisper, starts, ends, cost, source, medium, landing, lease_minutes] =
        FIELDS.map(|field| refused.problem(field));
    let help = |text: &'static str| Some(text.to_owned());
    view! {
        <form method="post" action="/api/save-campaign" class="card">
            <input type="hidden" name="id" value=id.clone().unwrap_or_default()/>
            <FormPart title=words.tracking_about text=None>
                <TextField label=words.tracking_name name="name" value=draft.name longest=LONGEST_NAME required=true help=None
                    first=first("name") error=name/>
                <div class="field">
                    <span id="colour" class="field-label">{words.tracking_colour}</span>
                    <div class="colours" role="radiogroup" aria-labelledby="colour">{colours.collect_view()}</div>
                </div>
            </FormPart>
            <FormPart title=words.tracking_call text=Some(words.tracking_call_text)>
                <Rings destination=rings queues first=first("destination") error=destination/>
                <TextField label=words.tracking_whisper name="whisper" value=draft.whisper longest=LONGEST_WHISPER
                    placeholder=words.tracking_whisper_example help=help(words.tracking_whisper_hint)
                    first=first("whisper") error=whisper/>
            </FormPart>
            {first_number}
            <FormPart title=words.tracking_budget text=Some(words.tracking_budget_text)>
                <TextField label=words.tracking_starts name="starts" kind="date" value=draft.starts help=None
                    first=first("starts") error=starts/>
                <TextField label=words.tracking_ends name="ends" kind="date" value=draft.ends help=None
                    first=first("ends") error=ends/>
                <TextField label=words.tracking_cost name="cost" keys="decimal" value=draft.cost placeholder="1200.50"
                    help=help(words.tracking_cost_hint) first=first("cost") error=cost/>
            </FormPart>
            <FormPart title=words.tracking_web text=Some(words.tracking_web_text)>
                <TextField label=words.tracking_source name="source" value=draft.source placeholder="google" longest=LONGEST_NAME
                    help=help(words.tracking_source_hint) first=first("source") error=source/>
                <TextField label=words.tracking_medium name="medium" value=draft.medium placeholder="cpc" longest=LONGEST_NAME
                    help=help(words.tracking_medium_hint) first=first("medium") error=medium/>
                <TextField label=words.tracking_landing name="landing" value=draft.landing placeholder="/spring" longest=LONGEST_NAME
                    help=help(words.tracking_landing_hint) first=first("landing") error=landing/>
                <TextField label=words.tracking_lease name="lease_minutes" keys="numeric" value=draft.lease_minutes
                    help=help(words.tracking_lease_hint) first=first("lease_minutes") error=lease_minutes/>
            </FormPart>
            {archive}
            <div class="form-end">
                <button type="submit" class="button">{words.tracking_save}</button>
                <a class="button quiet" href=CAMPAIGNS>{words.admin_cancel}</a>
            </div>
        </form>
    }
}

/// Who answers: the agents, or one telephone.
#[component]
fn Rings(
    destination: String,
    /// The word of the destination, and the name.
    queues: Vec<(String, String)>,
    /// The cursor stands in it when the page opens.
    first: bool,
    error: Option<String>,
) -> impl IntoView {
    let words = words();
    let agents = destination.eq_ignore_ascii_case(AGENTS) || queues.iter().any(|(word, _)| *word == destination);
    let queue = (queues.len() > 1).then(|| {
        let value = if agents { destination.clone() } else { String::new() };
        view! { <div class="chosen"><Choice label=words.tracking_rings_queue name="queue" value choices=queues help=None error=None/></div> }
    });
    let number = if agents { String::new() } else { destination };
    view! {
        <fieldset class="choose wide">
            <legend class="field-label">{words.tracking_destination}</legend>
            <label class="check">
                <input type="radio" name="rings" value=AGENTS checked=agents/>
                <span>{words.tracking_rings_agents}<small class="field-help">{words.tracking_rings_agents_hint}</small></span>
            </label>
            {queue}
            <label class="check">
                <input type="radio" name="rings" value="phone" checked=!agents/>
                <span>{words.tracking_rings_phone}</span>
            </label>
            <div class="chosen">
                <TextField label=words.tracking_rings_number name="destination" kind="tel" value=number placeholder=words.admin_number_example help=None error first/>
            </div>
        </fieldset>
    }
}

fn colour_name(words: &'static Words, colour: &str) -> String {
    let at = COLOURS.iter().position(|known| *known == colour).unwrap_or_default();
    words.tracking_colours.split(' ').nth(at).unwrap_or(colour).to_owned()
}
