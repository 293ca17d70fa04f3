-- The scenario tests of a journey, as the editor keeps them: the text of its
-- *.test.yaml file.
ALTER TABLE journeys ADD COLUMN tests text NOT NULL DEFAULT '';
