//! What is wrong with what was typed into the form.

use leptos::prelude::*;

use crate::domain::trouble::FieldError;
use crate::ui::admin::trouble::said;

/// What is wrong, by field.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wrong(StoredValue<Vec<FieldError>>);

impl Wrong {
    pub(super) fn new(wrong: Vec<FieldError>) -> Self {
        Self(StoredValue::new(wrong))
    }

    pub(super) fn at(self, field: &str) -> Option<String> {
        self.0.with_value(|all| all.iter().find(|wrong| wrong.field == field).map(|wrong| said(&wrong.reason)))
    }

    /// The first of the wrong fields: the cursor stands in it.
    pub(super) fn is_first(self, field: &str) -> bool {
        self.0.with_value(|all| all.first().is_some_and(|wrong| wrong.field == field))
    }
}
