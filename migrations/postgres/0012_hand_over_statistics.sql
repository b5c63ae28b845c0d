-- Why: a funder asks whom its books reach. The answer is a number, and never a person.

-- scratch: how often a question was answered so at a site in a month. No book, no moment and nobody
-- is in it, and no row can be led back to one: a hand-over only raises counts that are there.
CREATE TABLE hand_over_statistic (
    site_id          TEXT COLLATE "C" NOT NULL,
    month            TEXT COLLATE "C" NOT NULL,
    question         TEXT COLLATE "C" NOT NULL,
    answer           TEXT COLLATE "C" NOT NULL,
    counted          BIGINT NOT NULL,
    PRIMARY KEY (site_id, month, question, answer)
);
