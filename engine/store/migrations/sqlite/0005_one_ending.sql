-- An enrollment ends once, also in its explanation: who quarantines one from
-- outside and the enrollment itself may both note it.
DELETE FROM trail WHERE kind = 'ended' AND EXISTS (SELECT 1 FROM trail t WHERE t.workspace_id = trail.workspace_id
	AND t.enrollment_id = trail.enrollment_id AND t.kind = 'ended' AND t.seq < trail.seq);
CREATE UNIQUE INDEX trail_ending ON trail (workspace_id, enrollment_id) WHERE kind = 'ended';
