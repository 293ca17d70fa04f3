-- What providers say of their templates, as it was last heard: by a list of them, or
-- by news. A template that a list no longer has stays, with the status deleted.
CREATE TABLE templates (
  workspace_id   text NOT NULL,
  integration_id text NOT NULL,
  name           text NOT NULL,
  language       text NOT NULL,
  channel        text NOT NULL,
  provider_id    text NOT NULL,
  status         text NOT NULL, -- '' = nobody has said
  reason         text NOT NULL,
  category       text NOT NULL,
  next_category  text NOT NULL, -- announced by the provider
  next_at        timestamptz,
  quality        text NOT NULL,
  components     jsonb NOT NULL,
  synced_at      timestamptz NOT NULL,
  changed_at     timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, integration_id, name, language)
);

-- The template that a notice is about.
ALTER TABLE notices ADD COLUMN template jsonb;

-- Whether anything was ever heard of an integration's templates: the send gate looks
-- for them only then.
ALTER TABLE integrations ADD COLUMN knows_templates boolean NOT NULL DEFAULT false;
