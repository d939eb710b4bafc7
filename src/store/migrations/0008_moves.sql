-- What moved: a leg that is transferred, or that enters a room, goes on in another conversation, and all that is told of
-- that one belongs to the call it came from.
CREATE TABLE call_moves (
    -- A conversation; or a leg, when it went where another call was already.
    moved TEXT NOT NULL PRIMARY KEY,
    -- The conversation of the record that it belongs to; never itself one that moved.
    home  TEXT NOT NULL
);
CREATE INDEX call_moves_by_home ON call_moves (home);
