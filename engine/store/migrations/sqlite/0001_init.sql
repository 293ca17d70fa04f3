-- The first schema. Every table carries workspace_id and every key starts with
-- it: a row of one tenant can never collide with, or be found by, another's.
-- Times are TEXT in one fixed UTC form with microseconds ("2026-01-02T03:04:05.000006Z"),
-- so that comparing texts compares times.

CREATE TABLE settings (
  workspace_id TEXT NOT NULL,
  key          TEXT NOT NULL,
  value        TEXT NOT NULL,
  updated_at   TEXT NOT NULL,
  PRIMARY KEY (workspace_id, key)
) STRICT;

CREATE TABLE workspace_files (
  workspace_id TEXT NOT NULL,
  path         TEXT NOT NULL,
  content      TEXT NOT NULL,
  updated_at   TEXT NOT NULL,
  PRIMARY KEY (workspace_id, path)
) STRICT;

-- One random key per contact (and one for the workspace), wrapped by the master key.
-- Deleting a contact's row makes everything encrypted for that contact unreadable.
CREATE TABLE data_keys (
  workspace_id TEXT NOT NULL,
  id           TEXT NOT NULL,
  sealed       TEXT NOT NULL,
  created_at   TEXT NOT NULL,
  PRIMARY KEY (workspace_id, id)
) STRICT;

CREATE TABLE contacts (
  workspace_id TEXT NOT NULL,
  id           TEXT NOT NULL,
  attributes   TEXT NOT NULL,
  opt_in       TEXT NOT NULL,
  timezone     TEXT NOT NULL DEFAULT '',
  locale       TEXT NOT NULL DEFAULT '',
  key_id       TEXT NOT NULL DEFAULT '',
  merged_into  TEXT NOT NULL DEFAULT '',
  search       TEXT NOT NULL DEFAULT '', -- id, name and addresses, folded: what the contact list searches
  erased_at    TEXT,
  created_at   TEXT NOT NULL,
  updated_at   TEXT NOT NULL,
  PRIMARY KEY (workspace_id, id)
) STRICT;
CREATE INDEX contacts_list ON contacts (workspace_id, created_at, id);
CREATE INDEX contacts_merged ON contacts (workspace_id, merged_into) WHERE merged_into <> '';

CREATE TABLE contact_addresses (
  workspace_id TEXT NOT NULL,
  kind         TEXT NOT NULL,
  value        TEXT NOT NULL,
  contact_id   TEXT NOT NULL,
  position     INTEGER NOT NULL,
  PRIMARY KEY (workspace_id, kind, value),
  FOREIGN KEY (workspace_id, contact_id) REFERENCES contacts (workspace_id, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX contact_addresses_contact ON contact_addresses (workspace_id, contact_id, position);

CREATE TABLE consents (
  workspace_id TEXT NOT NULL,
  id           TEXT NOT NULL,
  contact_id   TEXT NOT NULL,
  channel      TEXT NOT NULL,
  purpose      TEXT NOT NULL,
  granted      INTEGER NOT NULL,
  source       TEXT NOT NULL,
  evidence     TEXT NOT NULL,
  at           TEXT NOT NULL,
  PRIMARY KEY (workspace_id, id)
) STRICT;
CREATE INDEX consents_contact ON consents (workspace_id, contact_id, at, id);

-- Addresses stand here only as keyed hashes, so a suppression outlives the erasure
-- of the person it protects.
CREATE TABLE suppressions (
  workspace_id TEXT NOT NULL,
  id           TEXT NOT NULL,
  channel      TEXT NOT NULL,
  address_hash TEXT NOT NULL,
  purpose      TEXT NOT NULL,
  reason       TEXT NOT NULL,
  at           TEXT NOT NULL,
  lifted_at    TEXT,
  lift_reason  TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (workspace_id, id)
) STRICT;
CREATE UNIQUE INDEX suppressions_active ON suppressions (workspace_id, channel, address_hash, purpose) WHERE lifted_at IS NULL;

CREATE TABLE service_windows (
  workspace_id    TEXT NOT NULL,
  contact_id      TEXT NOT NULL,
  integration_id  TEXT NOT NULL,
  channel         TEXT NOT NULL,
  last_inbound_at TEXT NOT NULL,
  PRIMARY KEY (workspace_id, contact_id, integration_id, channel)
) STRICT;

CREATE TABLE integrations (
  workspace_id TEXT NOT NULL,
  id           TEXT NOT NULL,
  provider     TEXT NOT NULL,
  channel      TEXT NOT NULL,
  name         TEXT NOT NULL,
  settings     TEXT NOT NULL,
  secrets      TEXT NOT NULL, -- sealed with the master key
  state        TEXT NOT NULL,
  state_note   TEXT NOT NULL,
  resume_at    TEXT,
  is_default   INTEGER NOT NULL,
  created_at   TEXT NOT NULL,
  updated_at   TEXT NOT NULL,
  PRIMARY KEY (workspace_id, id)
) STRICT;
CREATE UNIQUE INDEX integrations_default ON integrations (workspace_id, channel) WHERE is_default = 1;

CREATE TABLE journeys (
  workspace_id TEXT NOT NULL,
  id           TEXT NOT NULL,
  name         TEXT NOT NULL,
  live_hash    TEXT NOT NULL DEFAULT '',
  live_number  INTEGER NOT NULL DEFAULT 0,
  paused       INTEGER NOT NULL DEFAULT 0,
  archived     INTEGER NOT NULL DEFAULT 0,
  draft        TEXT NOT NULL DEFAULT '',
  draft_etag   TEXT NOT NULL DEFAULT '',
  published_at TEXT,
  created_at   TEXT NOT NULL,
  updated_at   TEXT NOT NULL,
  PRIMARY KEY (workspace_id, id)
) STRICT;

CREATE TABLE versions (
  workspace_id TEXT NOT NULL,
  journey_id   TEXT NOT NULL,
  number       INTEGER NOT NULL,
  hash         TEXT NOT NULL,
  flow_hash    TEXT NOT NULL,
  copy_hash    TEXT NOT NULL,
  source       TEXT NOT NULL,
  plan         TEXT NOT NULL,
  published_by TEXT NOT NULL,
  published_at TEXT NOT NULL,
  PRIMARY KEY (workspace_id, journey_id, number),
  UNIQUE (workspace_id, journey_id, hash),
  FOREIGN KEY (workspace_id, journey_id) REFERENCES journeys (workspace_id, id)
) STRICT;
CREATE INDEX versions_hash ON versions (workspace_id, hash);

-- Which events a running enrollment of a version listens to: goals, exits and waits.
CREATE TABLE version_events (
  workspace_id TEXT NOT NULL,
  journey_id   TEXT NOT NULL,
  hash         TEXT NOT NULL,
  event        TEXT NOT NULL,
  PRIMARY KEY (workspace_id, journey_id, hash, event)
) STRICT;

CREATE TABLE enrollments (
  workspace_id  TEXT NOT NULL,
  id            TEXT NOT NULL,
  journey_id    TEXT NOT NULL,
  version_hash  TEXT NOT NULL,
  contact_id    TEXT NOT NULL,
  key           TEXT NOT NULL,
  status        TEXT NOT NULL,
  outcome       TEXT NOT NULL,
  current_step  TEXT NOT NULL,
  wake_at       TEXT,
  trigger       TEXT NOT NULL,
  inputs        TEXT NOT NULL,
  parent_id     TEXT NOT NULL,
  parent_step   TEXT NOT NULL,
  progress_seq  INTEGER NOT NULL DEFAULT 0, -- highest trail line that moved current_step
  started_at    TEXT NOT NULL,
  ended_at      TEXT,
  PRIMARY KEY (workspace_id, id)
) STRICT;
CREATE UNIQUE INDEX enrollments_active_key ON enrollments (workspace_id, journey_id, key) WHERE ended_at IS NULL;
CREATE INDEX enrollments_last ON enrollments (workspace_id, journey_id, contact_id, key, started_at);
CREATE INDEX enrollments_active_contact ON enrollments (workspace_id, contact_id, journey_id) WHERE ended_at IS NULL;
CREATE INDEX enrollments_active_journey ON enrollments (workspace_id, journey_id, id) WHERE ended_at IS NULL;
CREATE INDEX enrollments_contact ON enrollments (workspace_id, contact_id, started_at, id);
CREATE INDEX enrollments_list ON enrollments (workspace_id, started_at, id);
CREATE INDEX enrollments_status ON enrollments (workspace_id, status, started_at, id);

CREATE TABLE trail (
  workspace_id  TEXT NOT NULL,
  enrollment_id TEXT NOT NULL,
  seq           INTEGER NOT NULL,
  at            TEXT NOT NULL,
  kind          TEXT NOT NULL,
  step_id       TEXT NOT NULL,
  verb          TEXT NOT NULL,
  source        TEXT NOT NULL,
  result        TEXT NOT NULL,
  wake_at       TEXT,
  detail        TEXT NOT NULL,
  event_id      TEXT NOT NULL,
  message_id    TEXT NOT NULL,
  PRIMARY KEY (workspace_id, enrollment_id, seq),
  FOREIGN KEY (workspace_id, enrollment_id) REFERENCES enrollments (workspace_id, id) ON DELETE CASCADE
) STRICT;

CREATE TABLE messages (
  workspace_id   TEXT NOT NULL,
  id             TEXT NOT NULL,
  enrollment_id  TEXT NOT NULL,
  journey_id     TEXT NOT NULL,
  step_id        TEXT NOT NULL,
  visit          INTEGER NOT NULL,
  route          INTEGER NOT NULL,
  try            INTEGER NOT NULL,
  contact_id     TEXT NOT NULL,
  integration_id TEXT NOT NULL,
  provider       TEXT NOT NULL,
  channel        TEXT NOT NULL,
  to_kind        TEXT NOT NULL,
  to_value       TEXT NOT NULL,
  content        TEXT NOT NULL,
  category       TEXT NOT NULL,
  status         TEXT NOT NULL,
  status_rank    INTEGER NOT NULL,
  reason         TEXT NOT NULL,
  error_code     TEXT NOT NULL,
  error_detail   TEXT NOT NULL,
  attempt_token  TEXT NOT NULL,
  attempts       INTEGER NOT NULL,
  provider_id    TEXT NOT NULL,
  pricing        TEXT,
  notify         INTEGER NOT NULL,
  hold_until     TEXT,
  not_after      TEXT,
  claimed_at     TEXT,
  accepted_at    TEXT,
  created_at     TEXT NOT NULL,
  updated_at     TEXT NOT NULL,
  PRIMARY KEY (workspace_id, id)
) STRICT;
-- What makes a message impossible to send twice. Messages written by people have no enrollment.
CREATE UNIQUE INDEX messages_intent ON messages (workspace_id, enrollment_id, step_id, visit, route, try) WHERE enrollment_id <> '';
CREATE UNIQUE INDEX messages_provider ON messages (workspace_id, integration_id, provider_id) WHERE provider_id <> '';
CREATE INDEX messages_contact ON messages (workspace_id, contact_id, created_at, id);
CREATE INDEX messages_sends ON messages (workspace_id, contact_id, claimed_at) WHERE claimed_at IS NOT NULL;
CREATE INDEX messages_status ON messages (workspace_id, status, created_at, id);
CREATE INDEX messages_list ON messages (workspace_id, created_at, id);
CREATE INDEX messages_stuck ON messages (workspace_id, claimed_at) WHERE status = 'sending';

-- Every status we heard of, also those that came too late to change the message.
CREATE TABLE message_events (
  workspace_id TEXT NOT NULL,
  message_id   TEXT NOT NULL,
  status       TEXT NOT NULL,
  at           TEXT NOT NULL,
  applied      INTEGER NOT NULL,
  reason       TEXT NOT NULL,
  error_code   TEXT NOT NULL,
  error_detail TEXT NOT NULL,
  recorded_at  TEXT NOT NULL,
  PRIMARY KEY (workspace_id, message_id, status, at),
  FOREIGN KEY (workspace_id, message_id) REFERENCES messages (workspace_id, id) ON DELETE CASCADE
) STRICT;

CREATE TABLE inbound_events (
  workspace_id   TEXT NOT NULL,
  id             TEXT NOT NULL,
  integration_id TEXT NOT NULL, -- '' for the workspace's own business events
  key            TEXT NOT NULL,
  kind           TEXT NOT NULL,
  channel        TEXT NOT NULL,
  contact_id     TEXT NOT NULL,
  name           TEXT NOT NULL,
  profile_name   TEXT NOT NULL,
  sender         TEXT NOT NULL, -- the addresses it came from
  message        TEXT,
  status         TEXT,
  data           TEXT,
  raw            BLOB,
  occurred_at    TEXT,
  received_at    TEXT NOT NULL,
  due_at         TEXT NOT NULL,
  lease_until    TEXT,
  attempts       INTEGER NOT NULL DEFAULT 0,
  last_error     TEXT NOT NULL DEFAULT '',
  result         TEXT NOT NULL DEFAULT '',
  processed_at   TEXT,
  PRIMARY KEY (workspace_id, id),
  UNIQUE (workspace_id, integration_id, key)
) STRICT;
CREATE INDEX inbound_events_pending ON inbound_events (workspace_id, received_at, id) WHERE processed_at IS NULL;
CREATE INDEX inbound_events_contact ON inbound_events (workspace_id, contact_id) WHERE contact_id <> '';

-- Keyed hashes of the addresses an event speaks of: how erasure finds it.
CREATE TABLE event_addresses (
  workspace_id TEXT NOT NULL,
  address_hash TEXT NOT NULL,
  event_id     TEXT NOT NULL,
  PRIMARY KEY (workspace_id, address_hash, event_id)
) STRICT;

CREATE TABLE waits (
  workspace_id  TEXT NOT NULL,
  id            TEXT NOT NULL,
  enrollment_id TEXT NOT NULL,
  version_hash  TEXT NOT NULL,
  contact_id    TEXT NOT NULL,
  step_id       TEXT NOT NULL,
  visit         INTEGER NOT NULL,
  channels      TEXT NOT NULL,
  state         TEXT NOT NULL,
  opened_at     TEXT NOT NULL,
  deadline      TEXT,
  closed_at     TEXT,
  PRIMARY KEY (workspace_id, id)
) STRICT;
CREATE INDEX waits_open ON waits (workspace_id, contact_id, opened_at) WHERE state = 'open';
CREATE INDEX waits_enrollment ON waits (workspace_id, enrollment_id) WHERE state = 'open';

CREATE TABLE outbox (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  workspace_id  TEXT NOT NULL,
  kind          TEXT NOT NULL,
  enrollment_id TEXT NOT NULL,
  contact_id    TEXT NOT NULL,
  payload       BLOB NOT NULL,
  due_at        TEXT NOT NULL,
  lease_until   TEXT,
  attempts      INTEGER NOT NULL,
  last_error    TEXT NOT NULL DEFAULT '',
  created_at    TEXT NOT NULL
) STRICT;
CREATE INDEX outbox_enrollment ON outbox (workspace_id, enrollment_id, id);
CREATE INDEX outbox_due ON outbox (workspace_id, due_at, id);

CREATE TABLE handoffs (
  workspace_id  TEXT NOT NULL,
  id            TEXT NOT NULL,
  enrollment_id TEXT NOT NULL,
  step_id       TEXT NOT NULL,
  visit         INTEGER NOT NULL,
  contact_id    TEXT NOT NULL,
  queue         TEXT NOT NULL,
  note          TEXT NOT NULL,
  priority      TEXT NOT NULL,
  state         TEXT NOT NULL,
  resolution    TEXT NOT NULL,
  opened_at     TEXT NOT NULL,
  closed_at     TEXT,
  PRIMARY KEY (workspace_id, id)
) STRICT;
CREATE UNIQUE INDEX handoffs_step ON handoffs (workspace_id, enrollment_id, step_id, visit) WHERE enrollment_id <> '';
CREATE INDEX handoffs_list ON handoffs (workspace_id, opened_at, id);
CREATE INDEX handoffs_queue ON handoffs (workspace_id, queue, state, opened_at, id);
CREATE INDEX handoffs_contact ON handoffs (workspace_id, contact_id, opened_at, id);

CREATE TABLE variants (
  workspace_id TEXT NOT NULL,
  journey_id   TEXT NOT NULL,
  step_id      TEXT NOT NULL,
  contact_id   TEXT NOT NULL,
  variant      TEXT NOT NULL,
  assigned_at  TEXT NOT NULL,
  PRIMARY KEY (workspace_id, journey_id, step_id, contact_id)
) STRICT;

CREATE TABLE segment_members (
  workspace_id TEXT NOT NULL,
  segment      TEXT NOT NULL,
  contact_id   TEXT NOT NULL,
  entered_at   TEXT NOT NULL,
  PRIMARY KEY (workspace_id, segment, contact_id)
) STRICT;
CREATE INDEX segment_members_contact ON segment_members (workspace_id, contact_id);

CREATE TABLE fired_triggers (
  workspace_id TEXT NOT NULL,
  journey_id   TEXT NOT NULL,
  trigger_id   TEXT NOT NULL,
  at           TEXT NOT NULL,
  PRIMARY KEY (workspace_id, journey_id, trigger_id, at)
) STRICT;

CREATE TABLE tokens (
  workspace_id TEXT NOT NULL,
  id           TEXT NOT NULL,
  name         TEXT NOT NULL,
  prefix       TEXT NOT NULL,
  hash         TEXT NOT NULL,
  scopes       TEXT NOT NULL,
  created_at   TEXT NOT NULL,
  expires_at   TEXT,
  last_used_at TEXT,
  revoked_at   TEXT,
  PRIMARY KEY (workspace_id, id),
  UNIQUE (workspace_id, hash)
) STRICT;

-- First answers to Idempotency-Keys. Bodies are sealed: they repeat what a caller sent.
CREATE TABLE saved_answers (
  workspace_id TEXT NOT NULL,
  key          TEXT NOT NULL,
  body_hash    TEXT NOT NULL,
  answered     INTEGER NOT NULL,
  status       INTEGER NOT NULL,
  body         TEXT NOT NULL,
  expires_at   TEXT NOT NULL,
  PRIMARY KEY (workspace_id, key)
) STRICT;
CREATE INDEX saved_answers_expiry ON saved_answers (workspace_id, expires_at);

CREATE TABLE audit (
  workspace_id TEXT NOT NULL,
  seq          INTEGER NOT NULL,
  at           TEXT NOT NULL,
  actor        TEXT NOT NULL,
  action       TEXT NOT NULL,
  target       TEXT NOT NULL,
  detail       TEXT NOT NULL, -- JSON, kept byte for byte because the chain signs it
  hash         TEXT NOT NULL, -- HMAC of the previous hash and this line
  PRIMARY KEY (workspace_id, seq)
) STRICT;
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
