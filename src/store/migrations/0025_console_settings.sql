-- What agents choose from, and the rules of their console. One row of rules; its version moves with every change of any of
-- the three tables, and writers compare it.
CREATE TABLE console_rules (
    id                   BIGINT  NOT NULL PRIMARY KEY,
    version              BIGINT  NOT NULL,
    disposition_required BOOLEAN NOT NULL,
    -- offers not taken in a row before an agent is away; 0 is never
    misses               BIGINT  NOT NULL,
    -- minutes until they are ready again; NULL when they have to say so
    return_minutes       BIGINT,
    wrap_up_s            BIGINT  NOT NULL,
    extension_s          BIGINT  NOT NULL
);
INSERT INTO console_rules (id, version, disposition_required, misses, return_minutes, wrap_up_s, extension_s)
VALUES (1, 1, FALSE, 2, NULL, 30, 30);

-- How a call went. `word` is what calls have; a label may be empty in one language.
CREATE TABLE dispositions (
    word     TEXT    NOT NULL PRIMARY KEY,
    english  TEXT    NOT NULL,
    chinese  TEXT    NOT NULL,
    category TEXT    NOT NULL,
    place    BIGINT  NOT NULL,
    archived BOOLEAN NOT NULL
);
INSERT INTO dispositions (word, english, chinese, category, place, archived) VALUES
    ('resolved', 'Resolved', '已解决', '', 0, FALSE),
    ('follow-up', 'Follow up', '需跟进', '', 1, FALSE),
    ('sale', 'Sale', '成交', '', 2, FALSE),
    ('complaint', 'Complaint', '投诉', '', 3, FALSE),
    ('wrong-number', 'Wrong number', '打错电话', '', 4, FALSE),
    ('no-answer', 'No answer', '无人接听', '', 5, FALSE),
    ('spam', 'Spam', '骚扰电话', '', 6, FALSE);

-- Why an agent takes no calls. `word` is what `agents` and `agent_states` have; `no-answer` is ours and not in here.
CREATE TABLE away_reasons (
    word     TEXT    NOT NULL PRIMARY KEY,
    english  TEXT    NOT NULL,
    chinese  TEXT    NOT NULL,
    paid     BOOLEAN NOT NULL,
    -- how long it may last
    minutes  BIGINT,
    place    BIGINT  NOT NULL,
    archived BOOLEAN NOT NULL
);
INSERT INTO away_reasons (word, english, chinese, paid, minutes, place, archived) VALUES
    ('break', 'Break', '小休', TRUE, NULL, 0, FALSE),
    ('lunch', 'Lunch', '就餐', FALSE, NULL, 1, FALSE),
    ('meeting', 'Meeting', '会议中', TRUE, NULL, 2, FALSE),
    ('training', 'Training', '培训中', TRUE, NULL, 3, FALSE);
