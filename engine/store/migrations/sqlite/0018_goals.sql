-- Whether a passage reached a goal of its version, at any time: a goal need not end it,
-- and the trail that says so may be erased.
ALTER TABLE enrollments ADD COLUMN reached_goal INTEGER NOT NULL DEFAULT 0;
UPDATE enrollments SET reached_goal = 1 WHERE (workspace_id, id) IN (SELECT workspace_id, enrollment_id FROM trail
	WHERE kind = 'outcome' AND step_id = '' AND detail = 'goal');
-- Whether a version has goals at all.
ALTER TABLE versions ADD COLUMN has_goals INTEGER NOT NULL DEFAULT 0;
UPDATE versions SET has_goals = 1 WHERE json_type(plan, '$.goals') = 'array';
-- Who ended lately, and who is inside, by version: counted without a look at the rows.
CREATE INDEX enrollments_ended ON enrollments (workspace_id, journey_id, ended_at, version_hash, reached_goal) WHERE ended_at IS NOT NULL;
DROP INDEX enrollments_active_journey;
CREATE INDEX enrollments_active_journey ON enrollments (workspace_id, journey_id, id, version_hash) WHERE ended_at IS NULL;
