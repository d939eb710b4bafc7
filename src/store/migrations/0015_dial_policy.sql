-- How many telephone calls were placed on a day, counted where the business is: days since 1970-01-01. Only counted while
-- there is a limit.
CREATE TABLE dials (
    day   BIGINT NOT NULL PRIMARY KEY,
    calls BIGINT NOT NULL
);
-- What was spent lately.
CREATE INDEX calls_priced ON calls (created_at) WHERE price IS NOT NULL;
