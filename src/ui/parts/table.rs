//! A table: columns that stay at the top while rows scroll, on a telephone one card for each row.
//!
//! A cell names its column again in `data-label`, which the cards show before it.

use leptos::prelude::*;

/// A column, by what stands in its cells.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    name: &'static str,
    class: Option<&'static str>,
    unseen: bool,
    sorts: bool,
}

impl Column {
    #[must_use]
    pub fn text(name: &'static str) -> Self {
        Self { name, class: None, unseen: false, sorts: false }
    }

    /// Figures, which stand below each other at the end of the column.
    #[must_use]
    pub fn number(name: &'static str) -> Self {
        Self { class: Some("number"), ..Self::text(name) }
    }

    /// What can be done about a row. Its name is read out and not shown.
    #[must_use]
    pub fn actions(name: &'static str) -> Self {
        Self { class: Some("actions"), unseen: true, ..Self::text(name) }
    }

    /// The rows can be sorted by it, with JavaScript (`public/admin.js`). For lists that are shown whole: of a page of a longer
    /// list the order would lie. A cell whose text does not sort as it should has what does in `data-sort`.
    #[must_use]
    pub fn sorted(self) -> Self {
        Self { sorts: true, ..self }
    }
}

#[component]
pub fn Table(
    /// What is in it, for those who do not see it.
    label: &'static str,
    columns: Vec<Column>,
    /// A card says what matters in two lines, without the columns' names: what begins the row and what is `end`; what is `main`;
    /// and smaller, the rest.
    #[prop(optional)]
    brief: bool,
    /// The rows: `<tr>`.
    children: Children,
) -> impl IntoView {
    let head = columns.into_iter().map(|Column { name, class, unseen, sorts }| {
        let name = if unseen { view! { <span class="unseen">{name}</span> }.into_any() } else { name.into_any() };
        view! { <th scope="col" class=class data-sorts=sorts.then_some("")>{name}</th> }
    });
    view! {
        <div class="scroll" role="group" aria-label=label tabindex="0">
            <table class="cards" class:brief=brief>
                <thead><tr>{head.collect_view()}</tr></thead>
                <tbody>{children()}</tbody>
            </table>
        </div>
    }
}
