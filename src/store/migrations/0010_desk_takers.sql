-- Who talked to the customer of a call: desk_calls.agent is only the last of them.
CREATE TABLE desk_takers (
    agent TEXT NOT NULL,
    call  TEXT NOT NULL,
    PRIMARY KEY (agent, call)
);
INSERT INTO desk_takers (agent, call) SELECT agent, id FROM desk_calls WHERE agent IS NOT NULL;
CREATE INDEX voicemails_by_call ON voicemails (call);
