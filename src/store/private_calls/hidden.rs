//! Whose number may not be shown: what the pages of the operator ask before they show anything.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::store::doors::Private;
use crate::store::error::Result;
use crate::store::text::Text;

static PEOPLE: LazyLock<Text> =
    LazyLock::new(|| Text::list("SELECT DISTINCT number FROM private_participants WHERE number IN"));

impl Private<'_> {
    /// Which of these digits are somebody's in a private conversation, open or closed, that was not forgotten.
    pub async fn people_among(self, numbers: &[String]) -> Result<HashSet<String>> {
        let found: Vec<(String,)> = self.db.find(&PEOPLE, numbers).await?;
        Ok(found.into_iter().map(|(number,)| number).collect())
    }
}
