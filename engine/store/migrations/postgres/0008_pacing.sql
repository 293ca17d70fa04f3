-- The rate an integration may send at after its provider refused a faster one, and
-- since when; it comes back by itself. The machine's time.
ALTER TABLE integrations ADD COLUMN learnt_rate double precision NOT NULL DEFAULT 0;
ALTER TABLE integrations ADD COLUMN learnt_at timestamptz;

-- What the processes that send through one integration share to keep its rate: the
-- turns of the last second and the ends of two lines. It is worth a second, so it is
-- not logged: no commit of it waits for the disk, and after a crash it is empty.
CREATE UNLOGGED TABLE paces (
  workspace_id   text NOT NULL,
  integration_id text NOT NULL,
  seq            bigint NOT NULL,
  took           jsonb NOT NULL, -- [[microseconds, turns], …]
  line_at        timestamptz,
  back_at        timestamptz,
  PRIMARY KEY (workspace_id, integration_id)
);

-- Whom a portfolio reached last with a template outside the service window, and when:
-- platforms limit how many people that may be in 24 hours.
CREATE TABLE portfolio_people (
  workspace_id text NOT NULL,
  portfolio    text NOT NULL,
  contact_id   text NOT NULL,
  opened_at    timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, portfolio, contact_id)
);
CREATE INDEX portfolio_people_at ON portfolio_people (workspace_id, portfolio, opened_at);
CREATE INDEX portfolio_people_of ON portfolio_people (workspace_id, contact_id);

-- Portfolios that came near their limit; full_at is since when one is at it.
CREATE TABLE portfolios (
  workspace_id text NOT NULL,
  name         text NOT NULL,
  full_at      timestamptz,
  PRIMARY KEY (workspace_id, name)
);
