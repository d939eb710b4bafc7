-- Recordings that call flows made with `record`: what the platform told of each. The sound stays at the platform, which
-- deletes it after thirty days; it is fetched from there when somebody plays it.
CREATE TABLE call_recordings (
    -- the platform's `recording_uuid`
    id            TEXT   NOT NULL PRIMARY KEY,
    conversation  TEXT   NOT NULL,
    recording_url TEXT   NOT NULL,
    -- as the platform told it, if it did
    bytes         BIGINT,
    milliseconds  BIGINT NOT NULL,
    -- when it began by the platform's clock, else when we heard of it; ms UTC
    started_at    BIGINT NOT NULL,
    -- when we heard of it, ms UTC
    made_at       BIGINT NOT NULL
);
CREATE INDEX call_recordings_by_conversation ON call_recordings (conversation);
