//! What `/api/private-conversations` is, for `/api/openapi.json`.

use serde_json::{Value, json};

use super::{Part, refuses, returns};

/// Paths and schemas.
pub(super) fn described() -> Part {
    let conversation = "PrivateConversation";
    let id = json!({ "name": "id", "in": "path", "required": true, "schema": { "type": "string" } });
    let text = |about: &str| json!({ "type": "string", "description": about });
    let maybe = |kind: &str, about: &str| json!({ "type": [kind, "null"], "description": about });
    let query = |name: &str, schema: Value| json!({ "name": name, "in": "query", "schema": schema });
    let key = json!({
        "name": "Idempotency-Key", "in": "header", "schema": { "type": "string", "maxLength": 120 },
        "description": "A request that is sent again with the same key opens nothing: it gets the conversation of the first.",
    });
    let body = json!({
        "required": true,
        "content": { "application/json": { "schema": { "$ref": "#/components/schemas/NewPrivateConversation" } } },
    });
    let paths = json!({
        "/api/private-conversations": {
            "post": {
                "operationId": "openPrivateConversation",
                "summary": "Let two people call and text each other without seeing each other's number",
                "parameters": [key],
                "requestBody": body,
                "responses": {
                    "201": returns("Open. Tell each participant the number in `dials`, unless they were texted.", conversation),
                    "200": returns("The same request came before.", conversation),
                    "400": refuses("A field is wrong; `field` says which."),
                    "401": refuses("No key, or one that is not good."),
                    "409": refuses("`pool_too_small`: the pool has too few numbers; `shortages` says for whom and by how many."),
                },
            },
            "get": {
                "operationId": "listPrivateConversations",
                "summary": "Conversations, the newest first",
                "parameters": [
                    query("state", json!({ "enum": ["open", "closed", "all"], "default": "all" })),
                    query("reference", text("an exact reference, name or number")),
                    query("before", text("`next` of the page before")),
                    query("limit", json!({ "type": "integer", "minimum": 1, "maximum": 200, "default": 50 })),
                ],
                "responses": {
                    "200": returns("A page.", "PrivateConversationPage"),
                    "401": refuses("No key, or one that is not good."),
                },
            },
        },
        "/api/private-conversations/{id}": {
            "get": {
                "operationId": "getPrivateConversation",
                "summary": "One conversation, with its last hundred attempts to call or text",
                "parameters": [id],
                "responses": {
                    "200": returns("Found.", conversation),
                    "401": refuses("No key, or one that is not good."),
                    "404": refuses("There is none."),
                },
            },
            "delete": {
                "operationId": "closePrivateConversation",
                "summary": "Close it: from now on its numbers reach nobody. Again is no error.",
                "parameters": [id],
                "responses": {
                    "200": returns("Closed.", conversation),
                    "401": refuses("No key, or one that is not good."),
                    "404": refuses("There is none."),
                },
            },
        },
    });
    let new_participant = json!({
        "type": "object", "required": ["number"], "additionalProperties": false,
        "properties": {
            "number": text("their own number, with country code"),
            "name": maybe("string", "what the other person is told to call them"),
            "dials": maybe("string", "a number of the pool that they are to dial; a reserved one is given only so"),
        },
    });
    let new = json!({
        "type": "object", "required": ["participants"], "additionalProperties": false,
        "properties": {
            "participants": { "type": "array", "minItems": 2, "maxItems": 2, "items": new_participant },
            "reference": maybe("string", "your own name for it, such as an order"),
            "expires_in": maybe("integer", "it ends after so many seconds"),
            "idle_after": maybe("integer", "it ends when nobody used it for so many seconds"),
            "pin": { "type": "boolean", "default": false, "description": "both get a PIN for calls from another telephone" },
            "notify": { "type": "boolean", "default": true, "description": "both get a text that says which number to dial" },
            "language": { "enum": ["en", "zh-CN"], "default": "en" },
        },
    });
    let participant = json!({
        "type": "object",
        "properties": {
            "number": maybe("string", "in the answer to opening it as you sent it, masked everywhere else"),
            "name": maybe("string", ""), "country": maybe("string", "ISO 3166"),
            "dials": text("the number that this participant calls and texts"),
            "pin": maybe("string", "six digits, where asked for"),
            "notified": { "enum": ["none", "pending", "sent", "delivered", "failed"] },
            "problem": maybe("string", "why they could not be texted"),
        },
    });
    let time = |about: &str| maybe("integer", about);
    let whole = json!({
        "type": "object",
        "properties": {
            "id": text(""), "reference": maybe("string", ""), "state": { "enum": ["open", "closed"] },
            "language": { "enum": ["en", "zh-CN"] }, "created_at": { "type": "integer" }, "created_by": text(""),
            "expires_at": time("absolute end"), "idle_after": time("seconds"), "ends_at": time("the earlier end, as things are"),
            "used_at": time("the last call or text"), "closed_at": time(""), "closed_by": maybe("string", ""),
            "closed_because": { "enum": ["closed", "expired", "idle", "erased", null] },
            "participants": { "type": "array", "items": participant },
            "attempts": { "type": "array", "items": { "type": "object", "properties": {
                "at": { "type": "integer" }, "participant": time("0 or 1"), "kind": { "enum": ["call", "text", "pin"] },
                "outcome": text("connected, relayed, over, failed, empty (nothing that can be passed on), braked (the same words again and again), …"),
            } } },
        },
    });
    let page = json!({
        "type": "object",
        "properties": {
            "conversations": { "type": "array", "items": { "$ref": "#/components/schemas/PrivateConversation" } },
            "next": maybe("string", "`before` of the next page"),
        },
    });
    let schemas =
        json!({ "NewPrivateConversation": new, "PrivateConversation": whole, "PrivateConversationPage": page });
    Part { paths, schemas }
}
