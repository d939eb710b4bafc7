-- What callers of a line get while the business is closed, where it is not the same as for all. Of no line: what the table
-- hours says.
CREATE TABLE closed_lines (
    -- domain::line::Line as one word: support, queue:ID
    line   TEXT NOT NULL PRIMARY KEY,
    -- domain::hours::closed::WhenClosed, as JSON
    record TEXT NOT NULL
);
