-- Journeys are written in the editor and in git. What each side built on is kept, so
-- that neither overwrites the other unseen: the published text that a draft includes,
-- the tests that went live, the last tests of a folder that the saved ones include,
-- and whether a folder sent others since.
ALTER TABLE journeys ADD COLUMN draft_base TEXT NOT NULL DEFAULT '';
UPDATE journeys SET draft_base = COALESCE((SELECT v.source FROM versions v WHERE v.workspace_id = journeys.workspace_id
  AND v.journey_id = journeys.id AND v.hash = journeys.live_hash), '') WHERE draft <> '';
ALTER TABLE journeys ADD COLUMN live_tests TEXT NOT NULL DEFAULT '';
UPDATE journeys SET live_tests = tests WHERE live_hash <> '';
ALTER TABLE journeys ADD COLUMN tests_base TEXT NOT NULL DEFAULT '';
ALTER TABLE journeys ADD COLUMN tests_behind INTEGER NOT NULL DEFAULT 0;

-- The state of the folder that a version was published from, as branch@commit.
ALTER TABLE versions ADD COLUMN origin TEXT NOT NULL DEFAULT '';

-- Fingerprints of the texts of journeys and tests that were published at some time: a
-- file that has one of them was not edited since. in_folder: it came from a folder,
-- and not from the editor alone.
CREATE TABLE published_texts (
  workspace_id TEXT NOT NULL,
  journey_id   TEXT NOT NULL,
  fingerprint  TEXT NOT NULL,
  in_folder    INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (workspace_id, journey_id, fingerprint)
) STRICT;

-- Which tabs have a journey open, whose they are, and the step that is chosen in
-- each. A tab says so every few seconds and is forgotten when it no longer does.
CREATE TABLE presence (
  workspace_id TEXT NOT NULL,
  journey_id   TEXT NOT NULL,
  tab          TEXT NOT NULL,
  actor        TEXT NOT NULL,
  name         TEXT NOT NULL,
  step_id      TEXT NOT NULL,
  seen_at      TEXT NOT NULL, -- the machine's clock
  PRIMARY KEY (workspace_id, journey_id, tab)
) STRICT;
