-- A version that a share of those who enter a journey get: its hash ('' = none), its
-- number, the share in percent, and since when.
ALTER TABLE journeys ADD COLUMN trial_hash text NOT NULL DEFAULT '';
ALTER TABLE journeys ADD COLUMN trial_number integer NOT NULL DEFAULT 0;
ALTER TABLE journeys ADD COLUMN trial_share integer NOT NULL DEFAULT 0;
ALTER TABLE journeys ADD COLUMN trial_since timestamptz;
-- It was never live for all: going back passes it over, and its text counts as not
-- published.
ALTER TABLE versions ADD COLUMN only_tried boolean NOT NULL DEFAULT false;
