-- What callers hear, where the operator wrote something else than the default.
CREATE TABLE spoken_texts (
    -- domain::spoken::Text, by its name
    name     TEXT NOT NULL,
    -- en, zh-CN
    language TEXT NOT NULL,
    text     TEXT NOT NULL,
    PRIMARY KEY (name, language)
);

-- The voice of each language. One that is not here is the platform's own.
CREATE TABLE spoken_voices (
    -- en, zh-CN
    language TEXT    NOT NULL PRIMARY KEY,
    -- as the platform names it, such as en-GB; empty: the default
    kind     TEXT    NOT NULL,
    style    BIGINT,
    premium  BOOLEAN NOT NULL
);

-- One row, which is always there. Its version is moved by each change: who has read another one reads again.
CREATE TABLE spoken_version (
    id      BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    version BIGINT NOT NULL
);
INSERT INTO spoken_version (id, version) VALUES (1, 1);

-- In which language a caller is spoken to: that of the page from which a visitor calls, or of the number that was dialled.
ALTER TABLE visits ADD COLUMN language TEXT;
ALTER TABLE numbers ADD COLUMN language TEXT;

-- A menu's prompts in languages that the product does not speak: domain::menu::OtherPrompt, as a JSON list.
ALTER TABLE menus ADD COLUMN others TEXT NOT NULL DEFAULT '[]';
ALTER TABLE menus ADD COLUMN others_first BOOLEAN NOT NULL DEFAULT FALSE;

-- What is said while it is closed has a text in each language; the caller's language is no longer a setting of the hours.
ALTER TABLE hours ADD COLUMN text_zh TEXT NOT NULL DEFAULT '';
UPDATE hours SET text_zh = text, text = '' WHERE language = 'zh-CN';
ALTER TABLE hours DROP COLUMN language;
