//! The form of a campaign, filled in again when it was refused.

use leptos::prelude::*;

use crate::api::call_tracking::{CAMPAIGNS, Campaign};
use crate::domain::call_tracking::campaign::{COLOURS, Draft, LONGEST_NAME, LONGEST_WHISPER};
use crate::domain::phone::grouped;
use crate::ui::admin::call_tracking::parts::why;
use crate::ui::language::{Words, words};

/// The fields of the form in which something can be wrong.
const FIELDS: [&str; 10] =
    ["name", "cost", "starts", "ends", "destination", "whisper", "source", "medium", "landing", "lease_minutes"];

/// The field that was refused, and why.
pub struct Refused {
    pub field: Option<String>,
    pub reason: Option<String>,
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
    pub fn elsewhere(&self) -> Option<String> {
        self.field.clone().filter(|_| FIELDS.iter().all(|name| self.problem(name).is_none()))
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
    view! {
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
    }
}

fn colour_name(words: &'static Words, colour: &str) -> String {
    let at = COLOURS.iter().position(|known| *known == colour).unwrap_or_default();
    words.tracking_colours.split(' ').nth(at).unwrap_or(colour).to_owned()
}
