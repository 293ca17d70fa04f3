-- When to send a message once more, because its provider said that it never took
-- it. The journey has gone on; whoever sweeps sends it.
ALTER TABLE messages ADD COLUMN again_at TEXT;
-- How often that was decided: a bound.
ALTER TABLE messages ADD COLUMN sent_again INTEGER NOT NULL DEFAULT 0;
CREATE INDEX messages_again ON messages (workspace_id, again_at, id) WHERE again_at IS NOT NULL;

-- Why an enrollment ended, in words: it failed, was quarantined, was ended by hand.
ALTER TABLE enrollments ADD COLUMN reason TEXT NOT NULL DEFAULT '';
