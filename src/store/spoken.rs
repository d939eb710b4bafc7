//! What callers hear: texts and voices.

use super::db::on_db;
use super::doors::SpokenTexts;
use super::error::{Result, StoreError};
use crate::domain::language::{Language, Texts};
use crate::domain::spoken::{Spoken, Text, Voice};

#[derive(sqlx::FromRow)]
struct RawText {
    name: String,
    language: String,
    text: String,
}

#[derive(sqlx::FromRow)]
struct RawVoice {
    language: String,
    kind: String,
    style: Option<i64>,
    premium: bool,
}

impl SpokenTexts<'_> {
    /// The version that is in force.
    pub async fn version(self) -> Result<i64> {
        let sql = "SELECT version FROM spoken_version WHERE id = 1";
        Ok(on_db!(self, pool => sqlx::query_scalar(sql).fetch_one(pool).await)?)
    }

    /// Version, texts and voices. When they are changed meanwhile, they are of an older version than they could be, and never
    /// the other way round: so it is seen that they have to be read again.
    pub async fn read(self) -> Result<(i64, Spoken)> {
        let version = self.version().await?;
        let mut spoken = Spoken::default();
        let sql = "SELECT name, language, text FROM spoken_texts ORDER BY name, language";
        let texts: Vec<RawText> = on_db!(self, pool => sqlx::query_as(sql).fetch_all(pool).await)?;
        for raw in texts {
            let (Some(text), Some(language)) = (Text::of(&raw.name), language_of(&raw.language)) else {
                // Written by a newer version.
                tracing::warn!(
                    name = raw.name,
                    language = raw.language,
                    "a spoken text that this version does not know"
                );
                continue;
            };
            let written: &mut Texts = spoken.texts.entry(text).or_default();
            match language {
                Language::English => written.en = raw.text,
                Language::Chinese => written.zh_cn = raw.text,
            }
        }
        let sql = "SELECT language, kind, style, premium FROM spoken_voices";
        let voices: Vec<RawVoice> = on_db!(self, pool => sqlx::query_as(sql).fetch_all(pool).await)?;
        for raw in voices {
            let Some(language) = language_of(&raw.language) else { continue };
            let style = raw.style.map(u32::try_from).transpose().map_err(|_| StoreError::Unreadable("style"))?;
            spoken.voices.put(language, Voice { language: raw.kind, style, premium: raw.premium });
        }
        Ok((version, spoken))
    }

    /// Puts texts and voices in the place of those that are there, if they are still of this `version`. Whether they were.
    pub async fn replace(self, version: i64, spoken: &Spoken) -> Result<bool> {
        let _turn = self.db.turn().await;
        on_db!(self, pool => {
            let mut tx = pool.begin().await?;
            let guarded = sqlx::query("UPDATE spoken_version SET version = version + 1 WHERE id = 1 AND version = $1");
            let ours = guarded.bind(version).execute(&mut *tx).await?.rows_affected() == 1;
            if ours {
                sqlx::query("DELETE FROM spoken_texts").execute(&mut *tx).await?;
                sqlx::query("DELETE FROM spoken_voices").execute(&mut *tx).await?;
                for (text, written) in &spoken.texts {
                    for language in Language::EVERY {
                        let only = written.only(language);
                        if only.is_empty() {
                            continue;
                        }
                        let sql = "INSERT INTO spoken_texts (name, language, text) VALUES ($1, $2, $3)";
                        let query = sqlx::query(sql).bind(text.name()).bind(language.tag()).bind(only);
                        query.execute(&mut *tx).await?;
                    }
                }
                for language in Language::EVERY {
                    let voice = spoken.voices.get(language);
                    let sql = "INSERT INTO spoken_voices (language, kind, style, premium) VALUES ($1, $2, $3, $4)";
                    let query = sqlx::query(sql).bind(language.tag()).bind(&voice.language);
                    query.bind(voice.style.map(i64::from)).bind(voice.premium).execute(&mut *tx).await?;
                }
            }
            tx.commit().await?;
            Ok(ours)
        })
    }
}

fn language_of(tag: &str) -> Option<Language> {
    Language::EVERY.into_iter().find(|language| language.tag() == tag)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::{Database, on_both};

    on_both!(what_is_kept_is_read_and_moves_the_version, of_two_writers_one_is_told);

    fn written() -> Spoken {
        let mut spoken = Spoken::default();
        spoken.put(Text::Goodbye, &Texts::new("Bye.", "再会。"));
        spoken.put(Text::Moment, &Texts::new("", "请稍等。"));
        spoken.voices.put(Language::Chinese, Voice { language: "yue-CN".into(), style: Some(2), premium: true });
        spoken
    }

    async fn what_is_kept_is_read_and_moves_the_version(db: Database) {
        let spoken = db.store.spoken();
        assert_eq!(spoken.read().await.unwrap(), (1, Spoken::default()));
        assert!(spoken.replace(1, &written()).await.unwrap());
        // Another node sees it at once.
        let other = db.again().await;
        assert_eq!(other.spoken().read().await.unwrap(), (2, written()));
        assert!(other.spoken().replace(2, &Spoken::default()).await.unwrap());
        assert_eq!(spoken.read().await.unwrap(), (3, Spoken::default()));
    }

    async fn of_two_writers_one_is_told(db: Database) {
        let spoken = db.store.spoken();
        assert!(spoken.replace(1, &written()).await.unwrap());
        assert!(!db.again().await.spoken().replace(1, &Spoken::default()).await.unwrap());
        assert_eq!(spoken.read().await.unwrap(), (2, written()));
    }
}
