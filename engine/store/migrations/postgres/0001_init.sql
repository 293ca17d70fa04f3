-- The first schema. Every table carries workspace_id and every key starts with
-- it: a row of one tenant can never collide with, or be found by, another's.
-- Times are timestamptz (microseconds); the store writes and reads UTC.

CREATE TABLE settings (
  workspace_id text NOT NULL,
  key          text NOT NULL,
  value        text NOT NULL,
  updated_at   timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, key)
);

CREATE TABLE workspace_files (
  workspace_id text NOT NULL,
  path         text NOT NULL,
  content      text NOT NULL,
  updated_at   timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, path)
);

-- One random key per contact (and one for the workspace), wrapped by the master key.
-- Deleting a contact's row makes everything encrypted for that contact unreadable.
CREATE TABLE data_keys (
  workspace_id text NOT NULL,
  id           text NOT NULL,
  sealed       text NOT NULL,
  created_at   timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, id)
);

CREATE TABLE contacts (
  workspace_id text NOT NULL,
  id           text NOT NULL,
  attributes   jsonb NOT NULL,
  opt_in       jsonb NOT NULL,
  timezone     text NOT NULL DEFAULT '',
  locale       text NOT NULL DEFAULT '',
  key_id       text NOT NULL DEFAULT '',
  merged_into  text NOT NULL DEFAULT '',
  search       text NOT NULL DEFAULT '', -- id, name and addresses, folded: what the contact list searches
  erased_at    timestamptz,
  created_at   timestamptz NOT NULL,
  updated_at   timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, id)
);
CREATE INDEX contacts_list ON contacts (workspace_id, created_at, id);
CREATE INDEX contacts_merged ON contacts (workspace_id, merged_into) WHERE merged_into <> '';

CREATE TABLE contact_addresses (
  workspace_id text NOT NULL,
  kind         text NOT NULL,
  value        text NOT NULL,
  contact_id   text NOT NULL,
  position     integer NOT NULL,
  PRIMARY KEY (workspace_id, kind, value),
  FOREIGN KEY (workspace_id, contact_id) REFERENCES contacts (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX contact_addresses_contact ON contact_addresses (workspace_id, contact_id, position);

CREATE TABLE consents (
  workspace_id text NOT NULL,
  id           text NOT NULL,
  contact_id   text NOT NULL,
  channel      text NOT NULL,
  purpose      text NOT NULL,
  granted      boolean NOT NULL,
  source       text NOT NULL,
  evidence     text NOT NULL,
  at           timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, id)
);
CREATE INDEX consents_contact ON consents (workspace_id, contact_id, at, id);

-- Addresses stand here only as keyed hashes, so a suppression outlives the erasure
-- of the person it protects.
CREATE TABLE suppressions (
  workspace_id text NOT NULL,
  id           text NOT NULL,
  channel      text NOT NULL,
  address_hash text NOT NULL,
  purpose      text NOT NULL,
  reason       text NOT NULL,
  at           timestamptz NOT NULL,
  lifted_at    timestamptz,
  lift_reason  text NOT NULL DEFAULT '',
  PRIMARY KEY (workspace_id, id)
);
CREATE UNIQUE INDEX suppressions_active ON suppressions (workspace_id, channel, address_hash, purpose) WHERE lifted_at IS NULL;

CREATE TABLE service_windows (
  workspace_id    text NOT NULL,
  contact_id      text NOT NULL,
  integration_id  text NOT NULL,
  channel         text NOT NULL,
  last_inbound_at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, contact_id, integration_id, channel)
);

CREATE TABLE integrations (
  workspace_id text NOT NULL,
  id           text NOT NULL,
  provider     text NOT NULL,
  channel      text NOT NULL,
  name         text NOT NULL,
  settings     jsonb NOT NULL,
  secrets      text NOT NULL, -- sealed with the master key
  state        text NOT NULL,
  state_note   text NOT NULL,
  resume_at    timestamptz,
  is_default   boolean NOT NULL,
  created_at   timestamptz NOT NULL,
  updated_at   timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, id)
);
CREATE UNIQUE INDEX integrations_default ON integrations (workspace_id, channel) WHERE is_default;

CREATE TABLE journeys (
  workspace_id text NOT NULL,
  id           text NOT NULL,
  name         text NOT NULL,
  live_hash    text NOT NULL DEFAULT '',
  live_number  integer NOT NULL DEFAULT 0,
  paused       boolean NOT NULL DEFAULT false,
  archived     boolean NOT NULL DEFAULT false,
  draft        text NOT NULL DEFAULT '',
  draft_etag   text NOT NULL DEFAULT '',
  published_at timestamptz,
  created_at   timestamptz NOT NULL,
  updated_at   timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, id)
);

CREATE TABLE versions (
  workspace_id text NOT NULL,
  journey_id   text NOT NULL,
  number       integer NOT NULL,
  hash         text NOT NULL,
  flow_hash    text NOT NULL,
  copy_hash    text NOT NULL,
  source       text NOT NULL,
  plan         jsonb NOT NULL,
  published_by text NOT NULL,
  published_at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, journey_id, number),
  UNIQUE (workspace_id, journey_id, hash),
  FOREIGN KEY (workspace_id, journey_id) REFERENCES journeys (workspace_id, id)
);
CREATE INDEX versions_hash ON versions (workspace_id, hash);

-- Which events a running enrollment of a version listens to: goals, exits and waits.
CREATE TABLE version_events (
  workspace_id text NOT NULL,
  journey_id   text NOT NULL,
  hash         text NOT NULL,
  event        text NOT NULL,
  PRIMARY KEY (workspace_id, journey_id, hash, event)
);

CREATE TABLE enrollments (
  workspace_id  text NOT NULL,
  id            text NOT NULL,
  journey_id    text NOT NULL,
  version_hash  text NOT NULL,
  contact_id    text NOT NULL,
  key           text NOT NULL,
  status        text NOT NULL,
  outcome       text NOT NULL,
  current_step  text NOT NULL,
  wake_at       timestamptz,
  trigger       jsonb NOT NULL,
  inputs        jsonb NOT NULL,
  parent_id     text NOT NULL,
  parent_step   text NOT NULL,
  progress_seq  integer NOT NULL DEFAULT 0, -- highest trail line that moved current_step
  started_at    timestamptz NOT NULL,
  ended_at      timestamptz,
  PRIMARY KEY (workspace_id, id)
);
CREATE UNIQUE INDEX enrollments_active_key ON enrollments (workspace_id, journey_id, key) WHERE ended_at IS NULL;
CREATE INDEX enrollments_last ON enrollments (workspace_id, journey_id, contact_id, key, started_at);
CREATE INDEX enrollments_active_contact ON enrollments (workspace_id, contact_id, journey_id) WHERE ended_at IS NULL;
CREATE INDEX enrollments_active_journey ON enrollments (workspace_id, journey_id, id) WHERE ended_at IS NULL;
CREATE INDEX enrollments_contact ON enrollments (workspace_id, contact_id, started_at, id);
CREATE INDEX enrollments_list ON enrollments (workspace_id, started_at, id);
CREATE INDEX enrollments_status ON enrollments (workspace_id, status, started_at, id);

CREATE TABLE trail (
  workspace_id  text NOT NULL,
  enrollment_id text NOT NULL,
  seq           integer NOT NULL,
  at            timestamptz NOT NULL,
  kind          text NOT NULL,
  step_id       text NOT NULL,
  verb          text NOT NULL,
  source        text NOT NULL,
  result        text NOT NULL,
  wake_at       timestamptz,
  detail        text NOT NULL,
  event_id      text NOT NULL,
  message_id    text NOT NULL,
  PRIMARY KEY (workspace_id, enrollment_id, seq),
  FOREIGN KEY (workspace_id, enrollment_id) REFERENCES enrollments (workspace_id, id) ON DELETE CASCADE
);

CREATE TABLE messages (
  workspace_id   text NOT NULL,
  id             text NOT NULL,
  enrollment_id  text NOT NULL,
  journey_id     text NOT NULL,
  step_id        text NOT NULL,
  visit          integer NOT NULL,
  route          integer NOT NULL,
  try            integer NOT NULL,
  contact_id     text NOT NULL,
  integration_id text NOT NULL,
  provider       text NOT NULL,
  channel        text NOT NULL,
  to_kind        text NOT NULL,
  to_value       text NOT NULL,
  content        jsonb NOT NULL,
  category       text NOT NULL,
  status         text NOT NULL,
  status_rank    integer NOT NULL,
  reason         text NOT NULL,
  error_code     text NOT NULL,
  error_detail   text NOT NULL,
  attempt_token  text NOT NULL,
  attempts       integer NOT NULL,
  provider_id    text NOT NULL,
  pricing        jsonb,
  notify         boolean NOT NULL,
  hold_until     timestamptz,
  not_after      timestamptz,
  claimed_at     timestamptz,
  accepted_at    timestamptz,
  created_at     timestamptz NOT NULL,
  updated_at     timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, id)
);
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
  workspace_id text NOT NULL,
  message_id   text NOT NULL,
  status       text NOT NULL,
  at           timestamptz NOT NULL,
  applied      boolean NOT NULL,
  reason       text NOT NULL,
  error_code   text NOT NULL,
  error_detail text NOT NULL,
  recorded_at  timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, message_id, status, at),
  FOREIGN KEY (workspace_id, message_id) REFERENCES messages (workspace_id, id) ON DELETE CASCADE
);

CREATE TABLE inbound_events (
  workspace_id   text NOT NULL,
  id             text NOT NULL,
  integration_id text NOT NULL, -- '' for the workspace's own business events
  key            text NOT NULL,
  kind           text NOT NULL,
  channel        text NOT NULL,
  contact_id     text NOT NULL,
  name           text NOT NULL,
  profile_name   text NOT NULL,
  sender         jsonb NOT NULL, -- the addresses it came from
  message        jsonb,
  status         jsonb,
  data           jsonb,
  raw            bytea,
  occurred_at    timestamptz,
  received_at    timestamptz NOT NULL,
  due_at         timestamptz NOT NULL,
  lease_until    timestamptz,
  attempts       integer NOT NULL DEFAULT 0,
  last_error     text NOT NULL DEFAULT '',
  result         text NOT NULL DEFAULT '',
  processed_at   timestamptz,
  PRIMARY KEY (workspace_id, id),
  UNIQUE (workspace_id, integration_id, key)
);
CREATE INDEX inbound_events_pending ON inbound_events (workspace_id, received_at, id) WHERE processed_at IS NULL;
CREATE INDEX inbound_events_contact ON inbound_events (workspace_id, contact_id) WHERE contact_id <> '';

-- Keyed hashes of the addresses an event speaks of: how erasure finds it.
CREATE TABLE event_addresses (
  workspace_id text NOT NULL,
  address_hash text NOT NULL,
  event_id     text NOT NULL,
  PRIMARY KEY (workspace_id, address_hash, event_id)
);

CREATE TABLE waits (
  workspace_id  text NOT NULL,
  id            text NOT NULL,
  enrollment_id text NOT NULL,
  version_hash  text NOT NULL,
  contact_id    text NOT NULL,
  step_id       text NOT NULL,
  visit         integer NOT NULL,
  channels      jsonb NOT NULL,
  state         text NOT NULL,
  opened_at     timestamptz NOT NULL,
  deadline      timestamptz,
  closed_at     timestamptz,
  PRIMARY KEY (workspace_id, id)
);
CREATE INDEX waits_open ON waits (workspace_id, contact_id, opened_at) WHERE state = 'open';
CREATE INDEX waits_enrollment ON waits (workspace_id, enrollment_id) WHERE state = 'open';

CREATE TABLE outbox (
  id            bigserial PRIMARY KEY,
  workspace_id  text NOT NULL,
  kind          text NOT NULL,
  enrollment_id text NOT NULL,
  contact_id    text NOT NULL,
  payload       bytea NOT NULL,
  due_at        timestamptz NOT NULL,
  lease_until   timestamptz,
  attempts      integer NOT NULL,
  last_error    text NOT NULL DEFAULT '',
  created_at    timestamptz NOT NULL
);
CREATE INDEX outbox_enrollment ON outbox (workspace_id, enrollment_id, id);
CREATE INDEX outbox_due ON outbox (workspace_id, due_at, id);

CREATE TABLE handoffs (
  workspace_id  text NOT NULL,
  id            text NOT NULL,
  enrollment_id text NOT NULL,
  step_id       text NOT NULL,
  visit         integer NOT NULL,
  contact_id    text NOT NULL,
  queue         text NOT NULL,
  note          text NOT NULL,
  priority      text NOT NULL,
  state         text NOT NULL,
  resolution    text NOT NULL,
  opened_at     timestamptz NOT NULL,
  closed_at     timestamptz,
  PRIMARY KEY (workspace_id, id)
);
CREATE UNIQUE INDEX handoffs_step ON handoffs (workspace_id, enrollment_id, step_id, visit) WHERE enrollment_id <> '';
CREATE INDEX handoffs_list ON handoffs (workspace_id, opened_at, id);
CREATE INDEX handoffs_queue ON handoffs (workspace_id, queue, state, opened_at, id);
CREATE INDEX handoffs_contact ON handoffs (workspace_id, contact_id, opened_at, id);

CREATE TABLE variants (
  workspace_id text NOT NULL,
  journey_id   text NOT NULL,
  step_id      text NOT NULL,
  contact_id   text NOT NULL,
  variant      text NOT NULL,
  assigned_at  timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, journey_id, step_id, contact_id)
);

CREATE TABLE segment_members (
  workspace_id text NOT NULL,
  segment      text NOT NULL,
  contact_id   text NOT NULL,
  entered_at   timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, segment, contact_id)
);
CREATE INDEX segment_members_contact ON segment_members (workspace_id, contact_id);

CREATE TABLE fired_triggers (
  workspace_id text NOT NULL,
  journey_id   text NOT NULL,
  trigger_id   text NOT NULL,
  at           timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, journey_id, trigger_id, at)
);

CREATE TABLE tokens (
  workspace_id text NOT NULL,
  id           text NOT NULL,
  name         text NOT NULL,
  prefix       text NOT NULL,
  hash         text NOT NULL,
  scopes       jsonb NOT NULL,
  created_at   timestamptz NOT NULL,
  expires_at   timestamptz,
  last_used_at timestamptz,
  revoked_at   timestamptz,
  PRIMARY KEY (workspace_id, id),
  UNIQUE (workspace_id, hash)
);

-- First answers to Idempotency-Keys. Bodies are sealed: they repeat what a caller sent.
CREATE TABLE saved_answers (
  workspace_id text NOT NULL,
  key          text NOT NULL,
  body_hash    text NOT NULL,
  answered     boolean NOT NULL,
  status       integer NOT NULL,
  body         text NOT NULL,
  expires_at   timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, key)
);
CREATE INDEX saved_answers_expiry ON saved_answers (workspace_id, expires_at);

CREATE TABLE audit (
  workspace_id text NOT NULL,
  seq          bigint NOT NULL,
  at           timestamptz NOT NULL,
  actor        text NOT NULL,
  action       text NOT NULL,
  target       text NOT NULL,
  detail       text NOT NULL, -- JSON, kept byte for byte because the chain signs it
  hash         text NOT NULL, -- HMAC of the previous hash and this line
  PRIMARY KEY (workspace_id, seq)
);
CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit log is append-only';
END $$;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit
  FOR EACH ROW EXECUTE FUNCTION audit_is_append_only();
