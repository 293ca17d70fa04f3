-- What administrators must be told about channels, once per change.
CREATE TABLE notices (
  workspace_id   TEXT NOT NULL,
  id             TEXT NOT NULL,
  kind           TEXT NOT NULL,
  integration_id TEXT NOT NULL,
  channel        TEXT NOT NULL,
  name           TEXT NOT NULL, -- of the integration, as it was called then
  cause          TEXT NOT NULL, -- in the provider's words
  resume_at      TEXT,
  created_at     TEXT NOT NULL,
  resolved_at    TEXT,
  PRIMARY KEY (workspace_id, id)
) STRICT;
CREATE INDEX notices_list ON notices (workspace_id, created_at, id);
CREATE INDEX notices_open ON notices (workspace_id, integration_id) WHERE resolved_at IS NULL;

-- Since when an integration is in its state: how long to rest before a limited
-- one is tried again follows from it.
ALTER TABLE integrations ADD COLUMN state_since TEXT;
-- While the provider asks for a slower pace: since when, and until when to wait.
ALTER TABLE integrations ADD COLUMN throttled_since TEXT;
ALTER TABLE integrations ADD COLUMN throttled_until TEXT;

-- Since when a queued message waits for its channel. Whoever lets it go empties
-- the column in the same transaction, so nobody is let go twice or forgotten.
ALTER TABLE messages ADD COLUMN parked_at TEXT;
CREATE INDEX messages_parked ON messages (workspace_id, channel, parked_at, id) WHERE parked_at IS NOT NULL;
UPDATE messages SET parked_at = updated_at WHERE status = 'queued' AND hold_until IS NULL;
