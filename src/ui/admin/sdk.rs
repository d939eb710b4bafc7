//! What existing web, iOS and Android clients need: the key, the contract, examples to copy.

use leptos::prelude::*;

use super::gate::gate;
use super::page::framed;
use crate::api::sdk::{SDK, Sdk as Content, sdk_page};
use crate::ui::language::{Words, words};
use crate::ui::parts::code::{Code, Copy};
use crate::ui::parts::confirm::Confirm;
use crate::ui::parts::markup::{Title, in_text_field};
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
            <form method="post" action="/api/sdk-key"><button type="submit" class="button small">{words.sdk_make_key}</button></form>
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
    let origins = origins.join("\n");
    view! {
        <section class="card" aria-labelledby="key">
            <h2 id="key">"mobile_api_key"</h2>
            {key.map(|key| view! {
                <div class="secret" role="status">
                    <p>{words.sdk_key_once}</p>
                    <p class="row"><code class="key">{key.clone()}</code><Copy text=key/></p>
                </div>
            })}
            {state}
            {again}
        </section>
        <section class="card" aria-labelledby="contract">
            <h2 id="contract"><code>{format!("POST {url}")}</code></h2>
            <p>{words.sdk_contract}</p>
            <div class="scroll" role="region" aria-label=words.sdk_fields tabindex="0">
                <table>
                    <thead><tr><th scope="col">{words.sdk_field}</th><th scope="col">{words.sdk_meaning}</th></tr></thead>
                    <tbody>
                        <tr><th scope="row"><code>"mobile_api_key"</code></th><td class="wrap">{words.sdk_field_key}</td></tr>
                        <tr><th scope="row"><code>"user_name"</code></th><td class="wrap">{words.sdk_field_user}</td></tr>
                        <tr><th scope="row"><code>"expires_at"</code></th><td class="wrap">{words.sdk_field_expires}</td></tr>
                        <tr><th scope="row"><code>"200"</code></th><td class="wrap"><code>"{user_id, user_name, jwt, expires_at}"</code></td></tr>
                        <tr><th scope="row"><code>"401"</code></th><td class="wrap">{words.sdk_401}</td></tr>
                        <tr><th scope="row"><code>"404"</code></th><td class="wrap">{words.sdk_404}</td></tr>
                        <tr><th scope="row"><code>"429"</code></th><td class="wrap">{words.sdk_429}</td></tr>
                    </tbody>
                </table>
            </div>
            <Code label="curl".to_owned() text=curl(&url, &shown, &example)/>
            <Code label="JavaScript · @vonage/client-sdk".to_owned() text=javascript(&url, &shown, &example)/>
            <Code label="Swift".to_owned() text=swift(&url, &shown, &example)/>
            <Code label="Kotlin".to_owned() text=kotlin(&url, &shown, &example)/>
        </section>
        <section class="card" aria-labelledby="clients">
            <h2 id="clients">{words.sdk_clients}</h2>
            <p class="hint">{words.sdk_clients_text}</p>
            <div class="scroll" role="region" aria-labelledby="clients" tabindex="0">
                <table>
                    <thead><tr><th scope="col">{words.sdk_client}</th><th scope="col">{words.sdk_client_result}</th></tr></thead>
                    <tbody>
                        {CLIENTS.into_iter().map(|(name, spoken)| {
                            let result = if spoken { words.sdk_client_both } else { words.sdk_client_token };
                            view! { <tr><th scope="row"><code>{name}</code></th><td class="wrap">{result}</td></tr> }
                        }).collect_view()}
                    </tbody>
                </table>
            </div>
        </section>
        <section class="card" aria-labelledby="origins-title">
            <h2 id="origins-title">{words.sdk_origins}</h2>
            <p class="hint">{words.sdk_origins_text}</p>
            <form method="post" action="/api/sdk-origins" class="form narrow">
                <label for="origins">{words.sdk_origins_label}</label>
                <textarea id="origins" name="origins" rows="4" spellcheck="false" placeholder="https://app.example.com" inner_html=in_text_field(&origins)></textarea>
                <button type="submit" class="button small">{words.sdk_origins_save}</button>
            </form>
        </section>
        <section class="card" aria-labelledby="interfaces">
            <h2 id="interfaces">{words.sdk_interfaces}</h2>
            <p class="hint">{words.sdk_interfaces_text}</p>
            <p><a class="button small quiet" href="/api">{words.sdk_interfaces_all}</a></p>
        </section>
    }
    .into_any()
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
