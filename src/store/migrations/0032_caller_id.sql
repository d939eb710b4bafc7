-- Which number those see whom agents call: domain::contact_center::caller_id::ShownNumbers, as JSON. The version of
-- console_rules moves with it.
ALTER TABLE console_rules ADD COLUMN shown TEXT NOT NULL DEFAULT '{}';

-- The number of ours that was decided on when the agent asked.
ALTER TABLE dial_intents ADD COLUMN shown TEXT;
