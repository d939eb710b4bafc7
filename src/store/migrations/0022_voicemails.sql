-- Who has heard a message: by playing it, or by saying so.
ALTER TABLE voicemails ADD COLUMN heard_by TEXT;

-- A message that was deleted stays as a row, so that a webhook that is told again does not bring it back. Its state is
-- `deleted` then; its file and its address are gone. When (ms UTC), and by whom.
ALTER TABLE voicemails ADD COLUMN deleted_at BIGINT;
ALTER TABLE voicemails ADD COLUMN deleted_by TEXT;
