-- How many texts were sent on a day, counted where the business is: days since 1970-01-01. Only counted while there is a
-- limit.
CREATE TABLE sent_texts (
    day   BIGINT NOT NULL PRIMARY KEY,
    texts BIGINT NOT NULL
);
