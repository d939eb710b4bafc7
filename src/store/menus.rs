//! Menus.

use std::collections::HashMap;

use super::db::on_db;
use super::doors::Menus;
use super::error::{Result, StoreError};
use crate::domain::menu::Menu;

/// A menu, and when it was changed (ms UTC).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MenuRow {
    pub menu: Menu,
    pub changed_at: i64,
}

#[derive(sqlx::FromRow)]
struct RawMenu {
    id: String,
    name: String,
    greeting: String,
    prompt: String,
    others: String,
    others_first: bool,
    keys: String,
    extensions: String,
    seconds: i64,
    tries: i64,
    last_way: String,
    barge_in: bool,
    changed_at: i64,
}

impl TryFrom<RawMenu> for MenuRow {
    type Error = StoreError;

    fn try_from(raw: RawMenu) -> Result<Self> {
        let menu = Menu {
            id: raw.id,
            name: raw.name,
            greeting: serde_json::from_str(&raw.greeting).map_err(|_| StoreError::Unreadable("greeting"))?,
            prompt: serde_json::from_str(&raw.prompt).map_err(|_| StoreError::Unreadable("prompt"))?,
            others: serde_json::from_str(&raw.others).map_err(|_| StoreError::Unreadable("others"))?,
            others_first: raw.others_first,
            keys: serde_json::from_str(&raw.keys).map_err(|_| StoreError::Unreadable("keys"))?,
            extensions: serde_json::from_str(&raw.extensions).map_err(|_| StoreError::Unreadable("extensions"))?,
            seconds: u32::try_from(raw.seconds).map_err(|_| StoreError::Unreadable("seconds"))?,
            tries: u32::try_from(raw.tries).map_err(|_| StoreError::Unreadable("tries"))?,
            after: serde_json::from_str(&raw.last_way).map_err(|_| StoreError::Unreadable("last_way"))?,
            barge_in: raw.barge_in,
        };
        Ok(Self { menu, changed_at: raw.changed_at })
    }
}

/// The columns that hold JSON: greeting, prompt, keys, last way, prompts in other languages, extensions.
fn json(menu: &Menu) -> Result<[String; 6]> {
    let unreadable = |_| StoreError::Unreadable("menu");
    Ok([
        serde_json::to_string(&menu.greeting).map_err(unreadable)?,
        serde_json::to_string(&menu.prompt).map_err(unreadable)?,
        serde_json::to_string(&menu.keys).map_err(unreadable)?,
        serde_json::to_string(&menu.after).map_err(unreadable)?,
        serde_json::to_string(&menu.others).map_err(unreadable)?,
        serde_json::to_string(&menu.extensions).map_err(unreadable)?,
    ])
}

const MOVE: &str = "UPDATE menu_version SET version = version + 1 WHERE id = 1";
const INSERT: &str = "INSERT INTO menus (id, name, greeting, prompt, keys, last_way, seconds, tries, barge_in, created_at, \
                      changed_at, others, others_first, extensions) \
                      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11, $12, $13) \
                      ON CONFLICT DO NOTHING";

const UPDATE: &str = "UPDATE menus SET name = $2, greeting = $3, prompt = $4, keys = $5, last_way = $6, seconds = $7, \
                      tries = $8, barge_in = $9, changed_at = $10, others = $11, others_first = $12, extensions = $13 \
                      WHERE id = $1 \
                      AND NOT EXISTS (SELECT 1 FROM menus other WHERE lower(other.name) = lower($2) AND other.id <> $1)";

/// A statement about a menu, with its values in the order of [`INSERT`].
macro_rules! with_menu {
    ($sql:expr, $menu:expr, $json:expr, $now:expr) => {{
        let [greeting, prompt, keys, last_way, others, extensions] = $json;
        let query = sqlx::query($sql).bind(&$menu.id).bind(&$menu.name).bind(greeting).bind(prompt).bind(keys);
        let query = query.bind(last_way).bind(i64::from($menu.seconds)).bind(i64::from($menu.tries));
        query.bind($menu.barge_in).bind($now).bind(others).bind($menu.others_first).bind(extensions)
    }};
}

impl Menus<'_> {
    /// The version that is in force; 0 before the first start.
    pub async fn version(self) -> Result<i64> {
        let sql = "SELECT version FROM menu_version WHERE id = 1";
        Ok(on_db!(self, pool => sqlx::query_scalar(sql).fetch_one(pool).await)?)
    }

    /// Version and menus, these by name. When they are changed meanwhile, they are of an older version than they could be,
    /// and never the other way round: so it is seen that they have to be read again.
    pub async fn read(self) -> Result<(i64, Vec<MenuRow>)> {
        let version = self.version().await?;
        let sql = "SELECT id, name, greeting, prompt, others, others_first, keys, extensions, seconds, tries, last_way, \
                   barge_in, changed_at FROM menus ORDER BY lower(name), id";
        let rows: Vec<RawMenu> = on_db!(self, pool => sqlx::query_as(sql).fetch_all(pool).await)?;
        Ok((version, rows.into_iter().map(MenuRow::try_from).collect::<Result<_>>()?))
    }

    /// What the menus are called, by id.
    pub async fn names(self) -> Result<HashMap<String, String>> {
        let rows: Vec<(String, String)> =
            on_db!(self, pool => sqlx::query_as("SELECT id, name FROM menus").fetch_all(pool).await)?;
        Ok(rows.into_iter().collect())
    }

    /// Makes the menus of the first start. Whether this was it: of two nodes that start, one makes them.
    pub async fn begin(self, menus: &[Menu], now: i64) -> Result<bool> {
        let rows = menus.iter().map(|menu| Ok((menu, json(menu)?))).collect::<Result<Vec<_>>>()?;
        let _turn = self.db.turn().await;
        on_db!(self, pool => {
            let mut tx = pool.begin().await?;
            let first = "UPDATE menu_version SET version = 1 WHERE id = 1 AND version = 0";
            let first = sqlx::query(first).execute(&mut *tx).await?.rows_affected() == 1;
            for (menu, json) in rows.iter().filter(|_| first) {
                with_menu!(INSERT, menu, json, now).execute(&mut *tx).await?;
            }
            tx.commit().await?;
            Ok(first)
        })
    }

    /// Makes a menu, unless another one has its name. Whether it was made.
    pub async fn insert(self, menu: &Menu, now: i64) -> Result<bool> {
        self.put(INSERT, menu, now).await
    }

    /// Changes a menu, unless it is gone or another one has its name. Whether it was changed.
    pub async fn update(self, menu: &Menu, now: i64) -> Result<bool> {
        self.put(UPDATE, menu, now).await
    }

    /// Makes the menus that are new and changes the others. Whether they were: nothing is kept when one of them has the name
    /// of another menu.
    pub async fn put_all(self, menus: &[Menu], now: i64) -> Result<bool> {
        let rows = menus.iter().map(|menu| Ok((menu, json(menu)?))).collect::<Result<Vec<_>>>()?;
        let _turn = self.db.turn().await;
        on_db!(self, pool => {
            let mut tx = pool.begin().await?;
            for (menu, json) in &rows {
                let mut put = 0;
                for sql in [UPDATE, INSERT] {
                    if put == 0 {
                        put = with_menu!(sql, menu, json, now).execute(&mut *tx).await?.rows_affected();
                    }
                }
                if put == 0 {
                    return Ok(false);
                }
            }
            sqlx::query(MOVE).execute(&mut *tx).await?;
            tx.commit().await?;
            Ok(true)
        })
    }

    async fn put(self, sql: &'static str, menu: &Menu, now: i64) -> Result<bool> {
        let json = json(menu)?;
        let _turn = self.db.turn().await;
        on_db!(self, pool => {
            let mut tx = pool.begin().await?;
            let put = with_menu!(sql, menu, &json, now).execute(&mut *tx).await?.rows_affected() == 1;
            sqlx::query(MOVE).execute(&mut *tx).await?;
            tx.commit().await?;
            Ok(put)
        })
    }

    /// Whether there was such a menu.
    pub async fn delete(self, id: &str) -> Result<bool> {
        let _turn = self.db.turn().await;
        on_db!(self, pool => {
            let mut tx = pool.begin().await?;
            let found = sqlx::query("DELETE FROM menus WHERE id = $1").bind(id).execute(&mut *tx).await?;
            sqlx::query(MOVE).execute(&mut *tx).await?;
            tx.commit().await?;
            Ok(found.rows_affected() == 1)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::language::Texts;
    use crate::domain::menu::extension::Extension;
    use crate::domain::menu::{Action, Key, OtherPrompt};
    use crate::domain::phone::E164;
    use crate::store::testing::{Database, on_both};

    on_both!(what_is_kept_is_read_and_moves_the_version, the_first_start_is_once, a_name_is_one_menus);

    fn menu(id: &str, name: &str) -> Menu {
        let agents = ["Jane".to_owned(), "Joe".to_owned()];
        Menu { name: name.to_owned(), ..Menu::of_agents(id, &agents) }
    }

    async fn what_is_kept_is_read_and_moves_the_version(db: Database) {
        let menus = db.store.menus();
        assert_eq!(menus.read().await.unwrap(), (0, Vec::new()));
        let mut sales = menu("s", "Sales");
        let number = Action::Number(E164::parse("447700900123").unwrap());
        sales.keys.extend(Key::every().skip(9).zip([number, Action::Say("您好".into()), Action::Menu("m".into())]));
        (sales.prompt, sales.after, sales.barge_in) = (Texts::new("Press.", "请按键。"), Action::CallBack, false);
        sales.extensions.insert(Extension::of("204").unwrap(), Action::Agent("Jane".into()));
        (sales.others, sales.others_first) =
            (vec![OtherPrompt { language: "de-DE".into(), text: "Bitte drücken.".into() }], true);
        assert!(menus.insert(&sales, 5).await.unwrap());
        // Another node sees it at once.
        let other = db.again().await;
        let row = MenuRow { menu: sales.clone(), changed_at: 5 };
        assert_eq!(other.menus().read().await.unwrap(), (1, vec![row]));
        assert_eq!(other.menus().names().await.unwrap().get("s").map(String::as_str), Some("Sales"));
        (sales.seconds, sales.tries) = (3, 9);
        assert!(menus.update(&sales, 6).await.unwrap());
        assert_eq!(menus.read().await.unwrap(), (2, vec![MenuRow { menu: sales, changed_at: 6 }]));
        assert!(menus.delete("s").await.unwrap() && !menus.delete("s").await.unwrap());
        assert_eq!(menus.version().await.unwrap(), 4);
    }

    async fn the_first_start_is_once(db: Database) {
        let menus = db.store.menus();
        assert!(menus.begin(&[menu("main", "main")], 1).await.unwrap());
        assert!(!db.again().await.menus().begin(&[menu("main", "main"), menu("b", "b")], 2).await.unwrap());
        assert_eq!(menus.read().await.unwrap().1.len(), 1);
        // What was deleted does not come back.
        assert!(menus.delete("main").await.unwrap());
        assert!(!menus.begin(&[menu("main", "main")], 3).await.unwrap());
        assert_eq!(menus.read().await.unwrap(), (2, Vec::new()));
    }

    async fn a_name_is_one_menus(db: Database) {
        let menus = db.store.menus();
        assert!(menus.insert(&menu("a", "Sales"), 1).await.unwrap());
        assert!(!menus.insert(&menu("b", "sales"), 1).await.unwrap());
        assert!(menus.insert(&menu("b", "Service"), 1).await.unwrap());
        assert!(!menus.update(&menu("b", "SALES"), 2).await.unwrap());
        assert!(menus.update(&menu("a", "SALES"), 2).await.unwrap(), "its own name in other letters");
        assert!(!menus.update(&menu("gone", "Gone"), 2).await.unwrap());
    }
}
