//! Every part in every state, on one page: to look at when a part is changed. Of debug builds only, so its texts are in no
//! language file.

use leptos::prelude::*;

use super::gate::gate;
use super::page::framed;
use crate::api::overview::overview_page;
use crate::domain::call::{Outcome, Phase};
use crate::ui::admin::cells::State;
use crate::ui::parts::code::Code;
use crate::ui::parts::confirm::{Confirm, Post, RowMenu};
use crate::ui::parts::empty::Empty;
use crate::ui::parts::field::{Check, Choice, FormPart, TextField};
use crate::ui::parts::icon::Mark;
use crate::ui::parts::notice::{Notice, Tone};
use crate::ui::parts::page_head::{PageHead, Tab};
use crate::ui::parts::pager::Pager;
use crate::ui::parts::player::Player;
use crate::ui::parts::skeleton::Skeleton;
use crate::ui::parts::stat::{Fact, Facts, Stat, Stats};
use crate::ui::parts::table::{Column, Table};
use crate::ui::parts::time::Time;
use crate::ui::parts::timeline::{Beat, Happening, Timeline};

const TONES: [Tone; 4] = [Tone::Info, Tone::Good, Tone::Warn, Tone::Bad];

#[component]
pub fn Parts() -> impl IntoView {
    let page = Resource::new(|| (), |()| overview_page());
    let content = move || {
        Suspend::new(async move {
            gate(page.await, "/admin/parts", |page| framed(page, "Parts", "Every part in every state.", |_| all()))
        })
    };
    view! { <Suspense fallback=|| ()>{content}</Suspense> }
}

fn all() -> AnyView {
    view! {
        <Heads/>
        {TONES.map(|tone| view! { <Notice tone><p>{format!("A notice: {}.", tone.name())}</p></Notice> }).collect_view()}
        <Stats>
            <Stat name="A figure" value="1 234"/>
            <Stat name="With a note" value="56%" note="of 1 234"/>
            <Stat name="To look at" value="3" tone=Some(Tone::Warn) href="#"/>
            <Stat name="Wrong" value="0" tone=Some(Tone::Bad)/>
        </Stats>
        <Tables/>
        <Forms/>
        <section class="card">
            <h2>"Facts, text and sound"</h2>
            <Facts><Fact name="Name">"Value"</Fact><Fact name="When"><Time at=0 recent=true/></Fact></Facts>
            <Code label="JSON".to_owned() text="[{\"action\": \"talk\"}]".to_owned()/>
            <Player source="/none".to_owned() label="A recording".to_owned() seconds=65/>
        </section>
        <section class="card"><h2>"What happened"</h2><Story/></section>
        <Empty mark=Mark::Phone title="An empty list" text="What would be in it." action=Some(("#".to_owned(), "The next thing to do"))/>
        <Skeleton/>
    }
    .into_any()
}

#[component]
fn Heads() -> impl IntoView {
    let tab = |name, here| Tab { href: "#".to_owned(), name, here };
    let tabs = ("Tabs", vec![tab("One", true), tab("Another", false)]);
    let state = view! { <State phase=Phase::Talking/> }.into_any();
    let actions =
        view! { <a class="button quiet" href="#">"Another"</a><a class="button" href="#">"First"</a> }.into_any();
    view! {
        <section class="card" aria-label="Head">
            <PageHead title="A head with everything" lead="What the page is for." back=("#", "Where it came from") state actions tabs/>
        </section>
    }
}

#[component]
fn Tables() -> impl IntoView {
    let columns = vec![
        Column::text("Sorted").sorted(),
        Column::text("State").sorted(),
        Column::number("Figure").sorted(),
        Column::actions("Actions"),
    ];
    let phases = [
        Phase::Connecting,
        Phase::Ringing,
        Phase::Talking,
        Phase::Ended(Outcome::Answered),
        Phase::Ended(Outcome::Busy),
        Phase::Ended(Outcome::Failed),
    ];
    let rows = phases.into_iter().enumerate().map(|(at, phase)| {
        let fields = vec![("row", at.to_string())];
        view! {
            <tr>
                <th scope="row">{format!("Row {}", 9 - at)}</th>
                <td data-label="State"><State phase/></td>
                <td data-label="Figure" class="number">{at * at}</td>
                <td class="actions">
                    <RowMenu id=format!("menu-{at}") of=format!("Row {at}")>
                        <Post action="#" label="At once" fields=fields.clone() item=true/>
                        <Confirm label="After a question" text="This happens." submit="Do it" action="#" fields danger=true item=true/>
                    </RowMenu>
                </td>
            </tr>
        }
    });
    view! {
        <Table label="A table" columns>{rows.collect_view()}</Table>
        <Pager newest=Some("#".to_owned()) older=Some("#".to_owned())/>
    }
}

#[component]
fn Forms() -> impl IntoView {
    let choices = vec![("a".to_owned(), "One".to_owned()), ("b".to_owned(), "Another".to_owned())];
    let wrong = || Some("This is no number.".to_owned());
    view! {
        <form class="card" method="get">
            <FormPart title="A part of a form" text=Some("What it is about.")>
                <TextField label="Text" name="text" help=Some("What to write.".to_owned()) error=None/>
                <TextField label="Wrong" name="wrong" kind="tel" value="12" help=None error=wrong()/>
                <Choice label="A choice" name="choice" choices help=None error=None/>
                <Check label="Yes or no" name="check" checked=true help=Some("What it does.".to_owned())/>
            </FormPart>
            <div class="form-end">
                <button type="submit" class="button">"Save"</button>
                <button type="submit" class="button quiet">"Cancel"</button>
                <button type="submit" class="button" disabled>"Not now"</button>
                <Confirm label="Ask first" text="This cannot be undone." submit="Delete" action="#" fields=Vec::new() danger=true/>
            </div>
        </form>
    }
}

#[component]
fn Story() -> impl IntoView {
    view! {
        <Timeline>
            <Beat at=0 key="1">
                <Happening mark=Mark::Headset tone=Some(Tone::Info)><p>"Ringing Jane."</p></Happening>
                <Happening mark=Mark::Signal routine=true><p>"Caller: started, ringing"</p></Happening>
            </Beat>
            <Beat at=5_000 key="2">
                {TONES.map(|tone| view! { <Happening mark=Mark::Phone tone=Some(tone)><p>{tone.name()}</p></Happening> }).collect_view()}
            </Beat>
        </Timeline>
    }
}
