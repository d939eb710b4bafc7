-- Which node decides about a webhook that is delivered to two of them at once. Deleted when it is stale.
CREATE TABLE decisions (
    -- webhooks.dedupe
    key        TEXT   NOT NULL PRIMARY KEY,
    -- a node
    owner      TEXT   NOT NULL,
    claimed_at BIGINT NOT NULL
);

-- The platform keeps a recording for thirty days; we fetch it when it is ready.
-- waiting: to be fetched; kept: a file of ours; failed: given up; not-recorded: the platform made none; empty: nothing
-- was said
ALTER TABLE voicemails ADD COLUMN state TEXT NOT NULL DEFAULT 'waiting';
-- how often fetching failed, when it is tried again (ms UTC), and why it failed last
ALTER TABLE voicemails ADD COLUMN tries BIGINT NOT NULL DEFAULT 0;
ALTER TABLE voicemails ADD COLUMN try_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE voicemails ADD COLUMN problem TEXT;
CREATE INDEX voicemails_to_fetch ON voicemails (try_at) WHERE state = 'waiting';

-- The last sign of life of a softphone elsewhere, ms UTC; 0 when it did not answer.
ALTER TABLE agents ADD COLUMN elsewhere_at BIGINT NOT NULL DEFAULT 0;
