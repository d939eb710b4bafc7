-- The rollup again, with a row for each month too: a chart of years adds up as many rows as one of weeks. It is a sum over
-- the calls and is counted anew at the next start.
DROP TABLE tracking_days;
DELETE FROM tracking_meta WHERE key = 'zone';

-- What every chart is drawn from. One row for a campaign's day or month (number = '*') and one for each number of it;
-- with a column for each hour and weekday, because a row for each would be 24 or 7 times the rows to add up.
CREATE TABLE tracking_rollup (
    month        BOOLEAN NOT NULL,
    number       TEXT    NOT NULL,
    spam         BOOLEAN NOT NULL,
    -- of a month its first
    day          BIGINT  NOT NULL,
    campaign     TEXT    NOT NULL,
    calls        BIGINT  NOT NULL,
    answered     BIGINT  NOT NULL,
    missed       BIGINT  NOT NULL,
    talk_seconds BIGINT  NOT NULL,
    price        BIGINT  NOT NULL,
    first_calls  BIGINT  NOT NULL,
    unique_day   BIGINT  NOT NULL,
    unique_month BIGINT  NOT NULL,
    withheld     BIGINT  NOT NULL,
    -- calls, then answered calls, by the hour of the day
    h00 BIGINT NOT NULL, h01 BIGINT NOT NULL, h02 BIGINT NOT NULL, h03 BIGINT NOT NULL,
    h04 BIGINT NOT NULL, h05 BIGINT NOT NULL, h06 BIGINT NOT NULL, h07 BIGINT NOT NULL,
    h08 BIGINT NOT NULL, h09 BIGINT NOT NULL, h10 BIGINT NOT NULL, h11 BIGINT NOT NULL,
    h12 BIGINT NOT NULL, h13 BIGINT NOT NULL, h14 BIGINT NOT NULL, h15 BIGINT NOT NULL,
    h16 BIGINT NOT NULL, h17 BIGINT NOT NULL, h18 BIGINT NOT NULL, h19 BIGINT NOT NULL,
    h20 BIGINT NOT NULL, h21 BIGINT NOT NULL, h22 BIGINT NOT NULL, h23 BIGINT NOT NULL,
    a00 BIGINT NOT NULL, a01 BIGINT NOT NULL, a02 BIGINT NOT NULL, a03 BIGINT NOT NULL,
    a04 BIGINT NOT NULL, a05 BIGINT NOT NULL, a06 BIGINT NOT NULL, a07 BIGINT NOT NULL,
    a08 BIGINT NOT NULL, a09 BIGINT NOT NULL, a10 BIGINT NOT NULL, a11 BIGINT NOT NULL,
    a12 BIGINT NOT NULL, a13 BIGINT NOT NULL, a14 BIGINT NOT NULL, a15 BIGINT NOT NULL,
    a16 BIGINT NOT NULL, a17 BIGINT NOT NULL, a18 BIGINT NOT NULL, a19 BIGINT NOT NULL,
    a20 BIGINT NOT NULL, a21 BIGINT NOT NULL, a22 BIGINT NOT NULL, a23 BIGINT NOT NULL,
    -- calls, then answered calls, by the day of the week, Monday first
    w0 BIGINT NOT NULL, w1 BIGINT NOT NULL, w2 BIGINT NOT NULL, w3 BIGINT NOT NULL,
    w4 BIGINT NOT NULL, w5 BIGINT NOT NULL, w6 BIGINT NOT NULL,
    wa0 BIGINT NOT NULL, wa1 BIGINT NOT NULL, wa2 BIGINT NOT NULL, wa3 BIGINT NOT NULL,
    wa4 BIGINT NOT NULL, wa5 BIGINT NOT NULL, wa6 BIGINT NOT NULL,
    PRIMARY KEY (month, number, spam, day, campaign)
);

-- One number's calls, listed and counted.
CREATE INDEX tracked_calls_by_number ON tracked_calls (number, day, at, id);
