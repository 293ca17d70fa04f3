-- Whether a passage reached a goal of its version, at any time: a goal need not end it,
-- and the trail that says so may be erased.
ALTER TABLE enrollments ADD COLUMN reached_goal boolean NOT NULL DEFAULT false;
UPDATE enrollments SET reached_goal = true FROM (SELECT DISTINCT workspace_id, enrollment_id FROM trail
	WHERE kind = 'outcome' AND step_id = '' AND detail = 'goal') t
	WHERE t.workspace_id = enrollments.workspace_id AND t.enrollment_id = enrollments.id;
-- Whether a version has goals at all.
ALTER TABLE versions ADD COLUMN has_goals boolean NOT NULL DEFAULT false;
UPDATE versions SET has_goals = true WHERE jsonb_typeof(plan->'goals') = 'array';
-- Who ended lately, and who is inside, by version: counted without a look at the rows.
CREATE INDEX enrollments_ended ON enrollments (workspace_id, journey_id, ended_at, version_hash, reached_goal) WHERE ended_at IS NOT NULL;
DROP INDEX enrollments_active_journey;
CREATE INDEX enrollments_active_journey ON enrollments (workspace_id, journey_id, id, version_hash) WHERE ended_at IS NULL;
