-- What providers say of their templates, as it was last heard: by a list of them, or
-- by news. A template that a list no longer has stays, with the status deleted.
CREATE TABLE templates (
  workspace_id   TEXT NOT NULL,
  integration_id TEXT NOT NULL,
  name           TEXT NOT NULL,
  language       TEXT NOT NULL,
  channel        TEXT NOT NULL,
  provider_id    TEXT NOT NULL,
  status         TEXT NOT NULL, -- '' = nobody has said
  reason         TEXT NOT NULL,
  category       TEXT NOT NULL,
  next_category  TEXT NOT NULL, -- announced by the provider
  next_at        TEXT,
  quality        TEXT NOT NULL,
  components     TEXT NOT NULL,
  synced_at      TEXT NOT NULL,
  changed_at     TEXT NOT NULL,
  PRIMARY KEY (workspace_id, integration_id, name, language)
) STRICT;

-- The template that a notice is about.
ALTER TABLE notices ADD COLUMN template TEXT;

-- Whether anything was ever heard of an integration's templates: the send gate looks
-- for them only then.
ALTER TABLE integrations ADD COLUMN knows_templates INTEGER NOT NULL DEFAULT 0;
