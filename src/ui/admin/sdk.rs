//! What existing web, iOS and Android clients need: the key, the contract, examples to copy.

use leptos::prelude::*;

use super::gate::gate;
use super::page::framed;
use crate::api::sdk::{SDK, Sdk as Content, sdk_page};
use crate::ui::language::{Words, words};
use crate::ui::parts::code::{Code, Copy};
use crate::ui::parts::confirm::Confirm;
use crate::ui::parts::field::Field;
use crate::ui::parts::markup::{Title, in_text_field};
use crate::ui::parts::table::{Column, Table};
use crate::ui::parts::time::Time;

/// The clients that the browser tests run unmodified against the sandbox: name and version, and whether with calls.
/// `docs/sandbox.md` has the same list.
const CLIENTS: [(&str, bool); 5] = [
    ("@vonage/client-sdk 2.3.1", true),
    ("nexmo-client 9.5.1", true),
    ("nexmo-client 6.2.1 (React)", true),
    ("NexmoClient 1.0.0 (Swift)", false),
    ("NexmoClient 1.0.0 (Android)", false),
];

#[component]
pub fn Sdk() -> impl IntoView {
    let words = words();
    let page = Resource::new(|| (), |()| sdk_page());
    let content = move || {
        Suspend::new(async move {
            gate(page.await, SDK, move |page| {
                framed(page, words.nav_sdk, words.sdk_lead, |content| show(words, content))
            })
        })
    };
    view! {
        <Title text=words.nav_sdk/>
        <Suspense fallback=|| ()>{content}</Suspense>
    }
}

fn show(words: &'static Words, content: Content) -> AnyView {
    let Content { url, key, since, configured, origins, example } = content;
    let shown = key.clone().unwrap_or_else(|| "YOUR_MOBILE_API_KEY".into());
    let state = match (configured, since) {
        (true, _) => view! { <p>{words.sdk_key_configured}</p> }.into_any(),
        (false, None) => view! { <p>{words.sdk_key_none}</p> }.into_any(),
        (false, Some(at)) => view! { <p>{words.sdk_key_since}<Time at/></p> }.into_any(),
    };
    let again = (!configured).then(|| match since {
        None => view! {
            <form method="post" action="/api/sdk-key"><button type="submit" class="button">{words.sdk_make_key}</button></form>
        }
        .into_any(),
        Some(_) => view! {
            <Confirm
                label=words.sdk_rotate
                text=words.sdk_rotate_text.to_owned()
                submit=words.sdk_rotate_sure
                action="/api/sdk-key"
                fields=Vec::new()
                danger=true
            />
        }
        .into_any(),
    });
    view! {
        <section class="card" aria-labelledby="key">
            <h2 id="key">{words.sdk_key_title}</h2>
            <p class="section-text"><code>"mobile_api_key"</code></p>
            {key.map(|key| view! {
                <div class="secret" role="status">
                    <p>{words.sdk_key_once}</p>
                    <p class="row"><code class="key">{key.clone()}</code><Copy text=key/></p>
                </div>
            })}
            <div class="row">{state}{again}</div>
        </section>
        <section class="card" aria-labelledby="contract">
            <div>
                <h2 id="contract">{words.sdk_token_title}</h2>
                <p class="endpoint"><code>{format!("POST {url}")}</code></p>
                <p class="section-text">{words.sdk_contract}</p>
            </div>
            <Contract/>
            <Example label="curl" language="Shell" text=curl(&url, &shown, &example) open=true/>
            <Example label="JavaScript · @vonage/client-sdk" language="JavaScript" text=javascript(&url, &shown, &example)/>
            <Example label="Swift" language="Swift" text=swift(&url, &shown, &example)/>
            <Example label="Kotlin" language="Kotlin" text=kotlin(&url, &shown, &example)/>
        </section>
        <section class="card" aria-labelledby="clients">
            <div>
                <h2 id="clients">{words.sdk_clients}</h2>
                <p class="section-text">{words.sdk_clients_text}</p>
            </div>
            <Clients/>
        </section>
        <section class="card" aria-labelledby="origins-title">
            <div>
                <h2 id="origins-title">{words.sdk_origins}</h2>
                <p class="section-text">{words.sdk_origins_text}</p>
            </div>
            <form method="post" action="/api/sdk-origins" class="stack">
                <Field label=words.sdk_origins_label name="origins" help=None error=None>
                    <textarea id="origins" name="origins" rows="4" spellcheck="false" placeholder="https://app.example.com" inner_html=in_text_field(&origins.join("\n"))></textarea>
                </Field>
                <div class="row"><button type="submit" class="button">{words.sdk_origins_save}</button></div>
            </form>
        </section>
        <section class="card" aria-labelledby="interfaces">
            <div>
                <h2 id="interfaces">{words.sdk_interfaces}</h2>
                <p class="section-text">{words.sdk_interfaces_text}</p>
            </div>
            <div class="row"><a class="button quiet" href="/api">{words.sdk_interfaces_all}</a></div>
        </section>
    }
    .into_any()
}

/// What is sent, and what is answered.
#[component]
fn Contract() -> impl IntoView {
    let words = words();
    let lines = [
        ("mobile_api_key", words.sdk_field_key),
        ("user_name", words.sdk_field_user),
        ("expires_at", words.sdk_field_expires),
        ("200", "{user_id, user_name, jwt, expires_at}"),
        ("401", words.sdk_401),
        ("404", words.sdk_404),
        ("429", words.sdk_429),
    ];
    let rows = lines.map(|(name, meaning)| {
        let meaning =
            if meaning.starts_with('{') { view! { <code>{meaning}</code> }.into_any() } else { meaning.into_any() };
        view! { <tr><th scope="row"><code>{name}</code></th><td data-label=words.sdk_meaning class="wrap">{meaning}</td></tr> }
    });
    let columns = vec![Column::text(words.sdk_field), Column::text(words.sdk_meaning)];
    view! { <Table label=words.sdk_fields columns>{rows.into_iter().collect_view()}</Table> }
}

/// How to ask for a token in a language, folded away unless it is the first.
#[component]
fn Example(label: &'static str, language: &'static str, text: String, #[prop(optional)] open: bool) -> impl IntoView {
    view! {
        <details open=open>
            <summary>{label}</summary>
            <Code label=language.to_owned() text/>
        </details>
    }
}

#[component]
fn Clients() -> impl IntoView {
    let words = words();
    let rows = CLIENTS.map(|(name, spoken)| {
        let result = if spoken { words.sdk_client_both } else { words.sdk_client_token };
        view! { <tr><th scope="row"><code>{name}</code></th><td data-label=words.sdk_client_result class="wrap">{result}</td></tr> }
    });
    let columns = vec![Column::text(words.sdk_client), Column::text(words.sdk_client_result)];
    view! { <Table label=words.sdk_clients columns>{rows.into_iter().collect_view()}</Table> }
}

fn curl(url: &str, key: &str, user: &str) -> String {
    format!(
        "curl -X POST {url} \\\n  -H 'Content-Type: application/json' \\\n  -d '{{\"mobile_api_key\":\"{key}\",\"user_name\":\"{user}\"}}'"
    )
}

fn javascript(url: &str, key: &str, user: &str) -> String {
    format!(
        "const answer = await fetch(\"{url}\", {{\n  method: \"POST\",\n  headers: {{ \"Content-Type\": \"application/json\" }},\n  body: JSON.stringify({{ mobile_api_key: \"{key}\", user_name: \"{user}\" }}),\n}});\nif (!answer.ok) throw new Error((await answer.json()).error);\nconst {{ jwt }} = await answer.json();\nconst client = new VonageClient();\nconst session = await client.createSession(jwt);"
    )
}

fn swift(url: &str, key: &str, user: &str) -> String {
    format!(
        "var request = URLRequest(url: URL(string: \"{url}\")!)\nrequest.httpMethod = \"POST\"\nrequest.setValue(\"application/json\", forHTTPHeaderField: \"Content-Type\")\nrequest.httpBody = try JSONEncoder().encode([\n    \"mobile_api_key\": \"{key}\", \"user_name\": \"{user}\",\n])\nlet (data, _) = try await URLSession.shared.data(for: request)\nlet token = try JSONDecoder().decode([String: String].self, from: data)[\"jwt\"]!\nlet session = try await client.createSession(token)"
    )
}

fn kotlin(url: &str, key: &str, user: &str) -> String {
    format!(
        "val body = JSONObject(mapOf(\"mobile_api_key\" to \"{key}\", \"user_name\" to \"{user}\")).toString()\nval request = Request.Builder().url(\"{url}\")\n    .post(body.toRequestBody(\"application/json\".toMediaType())).build()\nval jwt = OkHttpClient().newCall(request).execute().use {{\n    JSONObject(it.body!!.string()).getString(\"jwt\")\n}}\nclient.createSession(jwt) {{ error, sessionId -> /* signed in */ }}"
    )
}
