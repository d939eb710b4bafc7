//! What the descriptions of several routes share: words for a schema, and how requests are refused.

use std::collections::BTreeMap;

use utoipa::openapi::schema::{ArrayBuilder, Object, ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, PartialSchema as _};

use crate::web::problem::PROBLEM_JSON;

/// The tag of what the voice platform calls, and nobody else: it is not on the page for people.
pub(in crate::web) const PLATFORM: &str = "platform";

/// A text that is one of these words.
pub(in crate::web) fn words(words: &[&str]) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words.iter().copied()))
}

/// A text that is one of these words, or nothing.
pub(in crate::web) fn words_or_null(words: &[&str]) -> ObjectBuilder {
    let all = words.iter().map(|word| Some(*word)).chain([None]);
    ObjectBuilder::new().schema_type(SchemaType::from_iter([Type::String, Type::Null])).enum_values(Some(all))
}

/// A refusal with a problem in its body.
fn refusal(description: &str) -> RefOr<Response> {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    ResponseBuilder::new().description(description).content(PROBLEM_JSON, content).build().into()
}

/// A line of text for the reader of a log.
fn line(description: &str) -> RefOr<Response> {
    let content = ContentBuilder::new().schema(Some(String::schema())).build();
    ResponseBuilder::new().description(description).content("text/plain", content).build().into()
}

fn by_status<const N: usize>(answers: [(&str, RefOr<Response>); N]) -> BTreeMap<String, RefOr<Response>> {
    answers.into_iter().map(|(status, answer)| (status.to_owned(), answer)).collect()
}

/// How each interface that asks for a key refuses.
pub(in crate::web) enum KeyRefusals {}

impl IntoResponses for KeyRefusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        by_status([
            ("401", refusal("The request has no key, or one that is not good.")),
            ("503", refusal("This is not possible at the moment; try again.")),
        ])
    }
}

/// How a webhook is refused.
pub(in crate::web) enum WebhookRefusals {}

impl IntoResponses for WebhookRefusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        by_status([
            ("401", line("The signature is wrong, old, or was used before.")),
            ("408", line("The body did not come in time.")),
            ("413", line("The body is longer than 64 KiB, or broke off.")),
            ("503", line("Not signed, or not stored: please repeat.")),
        ])
    }
}

/// How a webhook is answered that asks what to do with a call.
pub(in crate::web) enum FlowAnswers {}

impl IntoResponses for FlowAnswers {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let action =
            Object::builder().description(Some("An action, as the platform's documentation of call flows has it."));
        let flow = ArrayBuilder::new().items(action.build());
        let content = ContentBuilder::new().schema(Some(flow.build())).build();
        let answer = ResponseBuilder::new().description("The call flow (NCCO).").content("application/json", content);
        let mut answers = WebhookRefusals::responses();
        answers.insert("200".into(), answer.build().into());
        answers
    }
}
