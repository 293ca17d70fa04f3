-- People who sign in, the browsers in which they did, and the links with which they
-- choose a password. Of secrets only hashes are kept.
CREATE TABLE users (
  workspace_id  TEXT NOT NULL,
  id            TEXT NOT NULL,
  name          TEXT NOT NULL,
  email         TEXT NOT NULL, -- small letters
  role          TEXT NOT NULL,
  password_hash TEXT NOT NULL DEFAULT '', -- argon2id; '' = none chosen yet
  created_at    TEXT NOT NULL,
  seen_at       TEXT,
  disabled_at   TEXT,
  PRIMARY KEY (workspace_id, id)
) STRICT;
CREATE UNIQUE INDEX users_email ON users (workspace_id, email);

CREATE TABLE sessions (
  workspace_id TEXT NOT NULL,
  hash         TEXT NOT NULL,
  user_id      TEXT NOT NULL,
  created_at   TEXT NOT NULL,
  seen_at      TEXT NOT NULL,
  expires_at   TEXT NOT NULL,
  PRIMARY KEY (workspace_id, hash)
) STRICT;
CREATE INDEX sessions_user ON sessions (workspace_id, user_id);

CREATE TABLE sign_in_links (
  workspace_id TEXT NOT NULL,
  hash         TEXT NOT NULL,
  user_id      TEXT NOT NULL, -- '' = the first administrator
  expires_at   TEXT NOT NULL,
  used_at      TEXT,
  PRIMARY KEY (workspace_id, hash)
) STRICT;
CREATE INDEX sign_in_links_user ON sign_in_links (workspace_id, user_id);

-- Who saved the draft last, as the audit trail names them.
ALTER TABLE journeys ADD COLUMN edited_by TEXT NOT NULL DEFAULT '';
-- How many entered a journey lately, without a look at those of before.
CREATE INDEX enrollments_entered ON enrollments (workspace_id, journey_id, started_at);
