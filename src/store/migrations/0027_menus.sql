-- Menus: what callers hear, and where each key of their telephone leads.
CREATE TABLE menus (
    -- numbers lead to it by this; call flows send their callers' keys to the one that is called main
    id         TEXT    NOT NULL PRIMARY KEY,
    name       TEXT    NOT NULL,
    -- domain::language::Texts, as JSON
    greeting   TEXT    NOT NULL,
    prompt     TEXT    NOT NULL,
    -- domain::menu::Action for each key, as JSON
    keys       TEXT    NOT NULL,
    seconds    BIGINT  NOT NULL,
    tries      BIGINT  NOT NULL,
    -- the domain::menu::Action after the last try, as JSON
    last_way   TEXT    NOT NULL,
    barge_in   BOOLEAN NOT NULL,
    created_at BIGINT  NOT NULL,
    changed_at BIGINT  NOT NULL
);
CREATE UNIQUE INDEX menus_by_name ON menus (lower(name));

-- One row, which is always there. Its version is moved by each change of menus: who has read another one reads again.
-- 0: the menus of the first start are not made yet.
CREATE TABLE menu_version (
    id      BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    version BIGINT NOT NULL
);
INSERT INTO menu_version (id, version) VALUES (1, 0);
