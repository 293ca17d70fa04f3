-- What administrators must be told about channels, once per change.
CREATE TABLE notices (
  workspace_id   text NOT NULL,
  id             text NOT NULL,
  kind           text NOT NULL,
  integration_id text NOT NULL,
  channel        text NOT NULL,
  name           text NOT NULL, -- of the integration, as it was called then
  cause          text NOT NULL, -- in the provider's words
  resume_at      timestamptz,
  created_at     timestamptz NOT NULL,
  resolved_at    timestamptz,
  PRIMARY KEY (workspace_id, id)
);
CREATE INDEX notices_list ON notices (workspace_id, created_at, id);
CREATE INDEX notices_open ON notices (workspace_id, integration_id) WHERE resolved_at IS NULL;

-- Since when an integration is in its state: how long to rest before a limited
-- one is tried again follows from it.
ALTER TABLE integrations ADD COLUMN state_since timestamptz;
-- While the provider asks for a slower pace: since when, and until when to wait.
ALTER TABLE integrations ADD COLUMN throttled_since timestamptz;
ALTER TABLE integrations ADD COLUMN throttled_until timestamptz;

-- Since when a queued message waits for its channel. Whoever lets it go empties
-- the column in the same transaction, so nobody is let go twice or forgotten.
ALTER TABLE messages ADD COLUMN parked_at timestamptz;
CREATE INDEX messages_parked ON messages (workspace_id, channel, parked_at, id) WHERE parked_at IS NOT NULL;
UPDATE messages SET parked_at = updated_at WHERE status = 'queued' AND hold_until IS NULL;
