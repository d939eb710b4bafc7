-- Calls that go on, as far as we know: every few seconds it is looked which of them are silent, and there are many that
-- are over. By id, so that the news of a call changes nothing here until it ends.
CREATE INDEX calls_open ON calls (id) WHERE NOT ended;
