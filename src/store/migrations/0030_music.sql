-- Music on hold of the operator's own. The sound is a file in DATA_DIR/music, by id.
CREATE TABLE music (
    id         TEXT   NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL,
    seconds    BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX music_by_name ON music (lower(name));
