-- What an account may do (domain::account::Role), and how somebody gets one: by a link that is good once.
ALTER TABLE accounts ADD COLUMN role TEXT NOT NULL DEFAULT 'operator';
-- What people read.
ALTER TABLE accounts ADD COLUMN display_name TEXT NOT NULL DEFAULT '';
-- Made by the sandbox for trying things out, without a password; does not exist for the real platform.
ALTER TABLE accounts ADD COLUMN demo BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE accounts ADD COLUMN disabled_at BIGINT;
-- SHA-256 of the link's token, hex, and until when it is good.
ALTER TABLE accounts ADD COLUMN invite_hash TEXT;
ALTER TABLE accounts ADD COLUMN invite_expires_at BIGINT;
-- The id of the Client SDK user of this name at the platform, USR-…
ALTER TABLE accounts ADD COLUMN user_id TEXT;
-- Nobody is called like somebody else in other letters. An empty hash is no password: an invitation that waits.
CREATE UNIQUE INDEX accounts_by_name ON accounts (lower(name));
CREATE UNIQUE INDEX accounts_by_invite ON accounts (invite_hash) WHERE invite_hash IS NOT NULL;

-- What the operator set up in the browser: key and value. Secrets are encrypted (service::vault).
CREATE TABLE settings (
    name       TEXT   NOT NULL PRIMARY KEY,
    value      TEXT   NOT NULL,
    changed_at BIGINT NOT NULL
);

-- Call flows that the operator wrote. `ncco` is the text as it was typed, with its placeholders.
CREATE TABLE call_flows (
    id         TEXT   NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL,
    -- inbound, outbound, ivr, custom: what it was started from
    preset     TEXT   NOT NULL,
    ncco       TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX call_flows_by_name ON call_flows (lower(name));
