//! What the interfaces of call tracking are, for `/api/openapi.json`.

use serde_json::json;

use super::{Part, refuses, returns};

/// Paths and schemas.
pub(super) fn described() -> Part {
    let parameter = |name: &str, description: &str| json!({ "name": name, "in": "query", "description": description, "schema": { "type": "string" } });
    let filters = [
        parameter("from", "first day, where the business is: 2026-11-01; without it the last 30 days"),
        parameter("to", "last day, included"),
        parameter("campaign", "its id"),
        parameter("source", "of the campaign"),
        parameter("medium", "of the campaign"),
        parameter("number", "the number that was dialled; `browser` for Call now"),
        parameter("spam", "`no` (default), `only` or `all`"),
        parameter("outcome", "`answered`, `missed` or `running`"),
        parameter("hour", "0 to 23"),
        parameter("weekday", "0 (Monday) to 6"),
        parameter("first", "`yes`: the caller's first call to the campaign; `no`: a later one"),
        parameter("caller", "part of the caller's number"),
        parameter("before", "`next` of the page before"),
        parameter("limit", "at most 1000; 50 without it"),
    ];
    let text = json!({ "type": "string" });
    let maybe = json!({ "type": ["string", "null"] });
    let number = json!({ "type": ["integer", "null"] });
    let campaign = json!({
        "type": "object",
        "required": ["name", "destination"],
        "properties": {
            "id": { "type": "string", "readOnly": true },
            "name": text, "source": text, "medium": text,
            "landing": { "type": "string", "description": "a path with which the first page must begin" },
            "colour": text,
            "cost": { "type": "string", "description": "in all: 1200.50" },
            "starts": maybe, "ends": maybe,
            "destination": { "type": "string", "description": "a number, or `agents`" },
            "whisper": { "type": "string", "description": "what the person who answers hears first" },
            "lease_minutes": { "type": ["integer", "string"] },
            "country": { "type": "string", "writeOnly": true, "description": "give it a free number of this country" },
            "numbers": { "type": "array", "items": text },
            "pool": { "type": ["boolean", "object", "null"], "description": "when making one: its numbers are lent to visitors" },
        },
    });
    let call = json!({
        "type": "object",
        "properties": {
            "id": text, "campaign": text, "campaign_name": text, "number": text, "caller": maybe,
            "at": { "type": "integer" }, "date": text, "hour": { "type": "integer" }, "outcome": text,
            "ended": { "type": "boolean" }, "answered": { "type": "boolean" }, "talk_seconds": number,
            "price": maybe, "hung_up_by": maybe, "first_call": { "type": "boolean" },
            "source": text, "medium": text, "term": text, "landing_page": text, "referrer": text,
            "click": text, "click_id": text, "visitor": maybe,
            "confidence": { "type": ["integer", "null"], "description": "percent: how sure it is that this visitor called" },
            "candidates": { "type": "integer", "description": "how many visitors could have called" },
            "spam": { "type": "boolean" }, "spam_reason": maybe, "said": { "type": ["boolean", "null"] },
        },
    });
    let csv = json!({ "description": "the calls, oldest first", "content": { "text/csv": { "schema": text } } });
    let wrong = refuses("a field is wrong");
    Part {
        paths: json!({
            "/api/calls": { "get": {
                "summary": "Tracked calls, newest first", "parameters": filters,
                "responses": { "200": returns("a page", "TrackedPage"), "400": wrong, "401": refuses("no good key") },
            } },
            "/api/calls.csv": { "get": {
                "summary": "The same as CSV, all of them, streamed", "parameters": filters,
                "responses": { "200": csv, "400": wrong, "401": refuses("no good key") },
            } },
            "/api/report": { "get": {
                "summary": "The figures of the charts: by campaign, over time, by hour and weekday",
                "parameters": [
                    parameter("from", "first day, where the business is; without it the last 30 days"),
                    parameter("to", "last day, included"),
                    parameter("campaign", "its id"), parameter("source", "of the campaign"),
                    parameter("medium", "of the campaign"), parameter("number", "the number that was dialled"),
                    parameter("spam", "`only`: spam instead of what is none"),
                    parameter("versus", "`before` or `year`: the period to compare with"),
                ],
                "responses": {
                    "200": { "description": "{period, before}; days are counted from 1970-01-01", "content": { "application/json": { "schema": { "type": "object" } } } },
                    "400": wrong, "401": refuses("no good key"),
                },
            } },
            "/api/campaigns": {
                "get": {
                    "summary": "Every campaign with its numbers",
                    "responses": { "200": returns("the campaigns", "Campaigns"), "401": refuses("no good key") },
                },
                "post": {
                    "summary": "Make a campaign",
                    "requestBody": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Campaign" } } } },
                    "responses": { "201": returns("it", "Campaign"), "400": wrong, "401": refuses("no good key") },
                },
            },
            "/tracked-calls": { "get": {
                "summary": "The latest calls by number, as the tracking sample shows them",
                "responses": {
                    "200": { "description": "{number: [{timestamp, from}]}", "content": { "application/json": { "schema": { "type": "object" } } } },
                    "401": refuses("no good key"),
                },
            } },
        }),
        schemas: json!({
            "Campaign": campaign,
            "Campaigns": {
                "type": "object",
                "properties": { "campaigns": { "type": "array", "items": { "$ref": "#/components/schemas/Campaign" } } },
            },
            "TrackedCall": call,
            "TrackedPage": {
                "type": "object",
                "properties": {
                    "calls": { "type": "array", "items": { "$ref": "#/components/schemas/TrackedCall" } },
                    "next": maybe,
                },
            },
        }),
    }
}
