-- The rate an integration may send at after its provider refused a faster one, and
-- since when; it comes back by itself. The machine's time.
ALTER TABLE integrations ADD COLUMN learnt_rate REAL NOT NULL DEFAULT 0;
ALTER TABLE integrations ADD COLUMN learnt_at TEXT;

-- Whom a portfolio reached last with a template outside the service window, and when:
-- platforms limit how many people that may be in 24 hours. (What the senders of one
-- integration share to keep its rate stands in the memory of a SQLite file's one process.)
CREATE TABLE portfolio_people (
  workspace_id TEXT NOT NULL,
  portfolio    TEXT NOT NULL,
  contact_id   TEXT NOT NULL,
  opened_at    TEXT NOT NULL,
  PRIMARY KEY (workspace_id, portfolio, contact_id)
) STRICT;
CREATE INDEX portfolio_people_at ON portfolio_people (workspace_id, portfolio, opened_at);
CREATE INDEX portfolio_people_of ON portfolio_people (workspace_id, contact_id);

-- Portfolios that came near their limit; full_at is since when one is at it.
CREATE TABLE portfolios (
  workspace_id TEXT NOT NULL,
  name         TEXT NOT NULL,
  full_at      TEXT,
  PRIMARY KEY (workspace_id, name)
) STRICT;
