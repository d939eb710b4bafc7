//! Where ended calls are reported, and the outcome of every delivery.

use leptos::prelude::*;

use super::parts::{Tabs, caller};
use crate::api::admin;
use crate::api::call_tracking::{HOOKS, Hooks, Told, read_hooks};
use crate::ui::admin::cells::{Time, TimesIn, time_or_dash};
use crate::ui::admin::flash::FlashNotice;
use crate::ui::admin::gate::gate;
use crate::ui::admin::link::encoded;
use crate::ui::admin::trouble::lost;
use crate::ui::language::words;
use crate::ui::parts::format;
use crate::ui::parts::frame::Frame;
use crate::ui::parts::icon::{Icon, Mark};
use crate::ui::parts::markup::Title;

#[component]
pub fn TrackingHooks() -> impl IntoView {
    let words = words();
    let found = Resource::new(|| (), |()| read_hooks());
    let content =
        move || Suspend::new(async move { gate(found.await, HOOKS, |page| view! { <Page page/> }.into_any()) });
    view! {
        <Title text=words.tracking_hooks_title/>
        <Suspense fallback=|| ()>{content}</Suspense>
    }
}

#[component]
fn Page(page: admin::Page<Hooks>) -> impl IntoView {
    let words = words();
    let admin::Page { viewer, flash, content } = page;
    let Hooks { hooks, typed, log, secret } = content;
    let nobody = hooks.is_empty();
    let list = hooks
        .into_iter()
        .map(|(id, url)| {
            view! {
                <li>
                    <code>{url}</code>
                    <form method="post" action="/api/remove-webhook">
                        <input type="hidden" name="id" value=id/>
                        <button type="submit" class="link">{words.tracking_hook_remove}</button>
                    </form>
                </li>
            }
        })
        .collect_view();
    let shown = secret.map(|(url, secret)| {
        view! {
            <section class="notice done" role="status">
                <p>{words.tracking_hook_secret(&url)}</p>
                <pre tabindex="0">{secret}</pre>
            </section>
        }
    });
    let empty = log.is_empty();
    let rows = log.into_iter().map(|told| view! { <Row told/> }).collect_view();
    let deliveries = if empty {
        view! {
            <div class="empty">
                <Icon mark=Mark::Code/>
                <h2>{words.tracking_hook_none}</h2>
                <p>{words.tracking_hook_none_text}</p>
                {nobody.then(|| view! { <a class="button" href="#url">{words.tracking_hook_add}</a> })}
            </div>
        }
        .into_any()
    } else {
        view! {
            <div class="scroll" role="region" aria-label=words.tracking_hook_log tabindex="0">
                <table class="roomy cards">
                    <thead>
                        <tr>
                            <th scope="col">{words.tracking_time}</th>
                            <th scope="col">{words.tracking_hook_call}</th>
                            <th scope="col">{words.tracking_hook_to}</th>
                            <th scope="col">{words.tracking_outcome}</th>
                            <th scope="col" class="number">{words.tracking_hook_tries}</th>
                            <th scope="col">{words.tracking_hook_next}</th>
                            <th scope="col"><span class="unseen">{words.tracking_hook_again}</span></th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            <TimesIn/>
        }
        .into_any()
    };
    let typed = typed.unwrap_or_default();
    view! {
        <Frame viewer>
            <div class="heading"><h1>{words.tracking_hooks_title}</h1><Tabs here=HOOKS/></div>
            <FlashNotice flash/>
            {shown}
            <section class="card" aria-labelledby="hooks">
                <h2 id="hooks">{words.tracking_hook_addresses}</h2>
                <p class="hint">{words.tracking_hook_text}</p>
                <ul class="plain">{list}</ul>
                <form method="post" action="/api/add-webhook" class="inline">
                    <label class="wide">
                        <span>{words.tracking_hook_url}</span>
                        <input id="url" type="url" name="url" required value=typed placeholder="https://example.com/calls"/>
                    </label>
                    <button type="submit" class="button small">{words.tracking_hook_add}</button>
                </form>
            </section>
            <h2>{words.tracking_hook_log}</h2>
            {deliveries}
        </Frame>
    }
}

#[component]
fn Row(told: Told) -> impl IntoView {
    let words = words();
    let (class, state) = match told.state.as_str() {
        "done" => ("badge ok", words.tracking_hook_done),
        "failed" => ("badge danger", words.tracking_hook_failed),
        _ => ("badge", words.tracking_hook_waiting),
    };
    let answer = match (told.status, told.error) {
        (_, Some(error)) => lost(&error),
        (Some(status), None) => format!("{status} · {} ms", told.took.unwrap_or_default()),
        (None, None) => String::new(),
    };
    let next = time_or_dash((told.state == "waiting").then_some(told.next));
    let url = if told.url.is_empty() { words.tracking_hook_gone.to_owned() } else { told.url };
    let again = (told.state != "waiting" || told.tries > 0).then(|| {
        view! {
            <form method="post" action="/api/tell-again">
                <input type="hidden" name="id" value=told.id/>
                <button type="submit" class="link">{words.tracking_hook_again}</button>
            </form>
        }
    });
    let url_of_call = format!("/admin/calls/{}", encoded(&told.call));
    let call = told.called.map_or_else(
        || "–".to_owned(),
        |called| words.tracking_hook_call_of(&format::time(called), &caller(words, told.caller.as_deref())),
    );
    view! {
        <tr>
            <td><Time at=told.created/></td>
            <td data-label=words.tracking_hook_call><a href=url_of_call>{call}</a></td>
            <td data-label=words.tracking_hook_to><code>{url}</code></td>
            <td data-label=words.tracking_outcome><span class=class>{state}</span><span class="hint">{answer}</span></td>
            <td data-label=words.tracking_hook_tries class="number">{told.tries}</td>
            <td data-label=words.tracking_hook_next>{next}</td>
            <td>{again}</td>
        </tr>
    }
}
