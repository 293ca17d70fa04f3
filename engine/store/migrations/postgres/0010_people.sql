-- People who sign in, the browsers in which they did, and the links with which they
-- choose a password. Of secrets only hashes are kept.
CREATE TABLE users (
  workspace_id  text NOT NULL,
  id            text NOT NULL,
  name          text NOT NULL,
  email         text NOT NULL, -- small letters
  role          text NOT NULL,
  password_hash text NOT NULL DEFAULT '', -- argon2id; '' = none chosen yet
  created_at    timestamptz NOT NULL,
  seen_at       timestamptz,
  disabled_at   timestamptz,
  PRIMARY KEY (workspace_id, id)
);
CREATE UNIQUE INDEX users_email ON users (workspace_id, email);

CREATE TABLE sessions (
  workspace_id text NOT NULL,
  hash         text NOT NULL,
  user_id      text NOT NULL,
  created_at   timestamptz NOT NULL,
  seen_at      timestamptz NOT NULL,
  expires_at   timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, hash)
);
CREATE INDEX sessions_user ON sessions (workspace_id, user_id);

CREATE TABLE sign_in_links (
  workspace_id text NOT NULL,
  hash         text NOT NULL,
  user_id      text NOT NULL, -- '' = the first administrator
  expires_at   timestamptz NOT NULL,
  used_at      timestamptz,
  PRIMARY KEY (workspace_id, hash)
);
CREATE INDEX sign_in_links_user ON sign_in_links (workspace_id, user_id);

-- Who saved the draft last, as the audit trail names them.
ALTER TABLE journeys ADD COLUMN edited_by text NOT NULL DEFAULT '';
-- How many entered a journey lately, without a look at those of before.
CREATE INDEX enrollments_entered ON enrollments (workspace_id, journey_id, started_at);
