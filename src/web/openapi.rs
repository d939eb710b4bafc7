//! `GET /api/openapi.json`: the description of the JSON interfaces, put together of what each job describes; and the same
//! for people, `GET /api`.

mod call_tracking;
pub(super) mod page;
mod private_calls;

use axum::Json;
use axum::extract::State;
use serde_json::{Map, Value, json};

use super::state::Web;

/// What a job adds to the description.
pub(super) struct Part {
    /// Path -> path item.
    pub paths: Value,
    /// Name -> schema, under `#/components/schemas`.
    pub schemas: Value,
}

/// Every job that has a JSON interface, described in its file of this folder.
const PARTS: &[fn() -> Part] = &[private_calls::described, call_tracking::described];

/// The description, for programs and for generators of clients.
pub(super) async fn document(State(web): State<Web>) -> Json<Value> {
    Json(assembled(&web.policy.origin))
}

/// The whole description; `server` is the address in people's browsers.
pub(super) fn assembled(server: &str) -> Value {
    let (mut paths, mut schemas) = (Map::new(), Map::new());
    schemas.insert("Problem".into(), problem());
    for part in PARTS {
        let Part { paths: more_paths, schemas: more_schemas } = part();
        paths.extend(object(more_paths));
        schemas.extend(object(more_schemas));
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Switchboard",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Make a key with `switchboard api-key create --name NAME` and send it as a bearer token. \
                            Times are milliseconds since 1970, UTC. Numbers are E.164; a leading + is accepted. \
                            Errors are RFC 9457 problems with a stable `code` and the `field` that is wrong.",
        },
        "servers": [{ "url": server }],
        "security": [{ "key": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": { "key": { "type": "http", "scheme": "bearer" } },
            "schemas": schemas,
        },
    })
}

/// A response with a JSON body of a named schema.
pub(super) fn returns(description: &str, schema: &str) -> Value {
    json!({
        "description": description,
        "content": { "application/json": { "schema": { "$ref": format!("#/components/schemas/{schema}") } } },
    })
}

/// A response that is a problem.
pub(super) fn refuses(description: &str) -> Value {
    let schema = json!({ "$ref": "#/components/schemas/Problem" });
    json!({ "description": description, "content": { "application/problem+json": { "schema": schema } } })
}

fn problem() -> Value {
    json!({
        "type": "object",
        "required": ["type", "title", "status", "code", "detail"],
        "properties": {
            "type": { "type": "string" },
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "code": { "type": "string", "description": "compare this; it does not change" },
            "detail": { "type": "string", "description": "what is wrong and what to do, for people" },
            "field": { "type": "string", "description": "what of the request is wrong" },
        },
    })
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every reference leads somewhere, and no two jobs describe the same path.
    #[test]
    fn the_description_is_closed() {
        let document = assembled("http://127.0.0.1:3000");
        let text = document.to_string();
        for (at, _) in text.match_indices("#/components/schemas/") {
            let name: String = text[at + "#/components/schemas/".len()..].chars().take_while(|c| *c != '"').collect();
            assert!(document["components"]["schemas"][&name].is_object(), "{name} is not described");
        }
        let described: usize = PARTS.iter().map(|part| object(part().paths).len()).sum();
        assert_eq!(document["paths"].as_object().unwrap().len(), described, "two jobs describe one path");
    }
}
