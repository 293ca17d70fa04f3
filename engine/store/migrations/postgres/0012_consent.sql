-- Who recorded a permission: evidence names its witness.
ALTER TABLE consents ADD COLUMN recorded_by text NOT NULL DEFAULT '';

-- What was said of one purpose alone, where that differs from opt_in:
-- {"whatsapp": {"marketing": false}}. The send gate reads it with the contact.
ALTER TABLE contacts ADD COLUMN purposes jsonb NOT NULL DEFAULT '{}';

-- From the evidence so far: the newest word on each purpose, unless a word about
-- everything came after it. A yes counts only where nobody said yes to everything.
UPDATE contacts SET purposes = said.purposes FROM (
  SELECT workspace_id, contact_id, jsonb_object_agg(channel, purposes) AS purposes FROM (
    SELECT workspace_id, contact_id, channel, jsonb_object_agg(purpose, granted) AS purposes FROM (
      SELECT DISTINCT ON (k.workspace_id, k.contact_id, k.channel, k.purpose) k.* FROM consents k
      WHERE k.purpose <> '' ORDER BY k.workspace_id, k.contact_id, k.channel, k.purpose, k.at DESC, k.id DESC
    ) k
    WHERE NOT EXISTS (SELECT 1 FROM consents later WHERE later.workspace_id = k.workspace_id AND later.contact_id = k.contact_id
        AND later.channel = k.channel AND later.purpose = '' AND (later.at, later.id) > (k.at, k.id))
      AND NOT (k.granted AND EXISTS (SELECT 1 FROM consents every WHERE every.workspace_id = k.workspace_id AND every.contact_id = k.contact_id
        AND every.channel = k.channel AND every.purpose = '' AND every.granted))
    GROUP BY workspace_id, contact_id, channel
  ) by_channel GROUP BY workspace_id, contact_id
) said WHERE contacts.workspace_id = said.workspace_id AND contacts.id = said.contact_id;

-- An address may stand on several block lists, and leave one of them.
DROP INDEX suppressions_active;
CREATE UNIQUE INDEX suppressions_active ON suppressions (workspace_id, channel, address_hash, purpose,
  (CASE WHEN reason LIKE 'list:%' THEN reason ELSE '' END)) WHERE lifted_at IS NULL;
CREATE INDEX suppressions_list ON suppressions (workspace_id, at, id);
CREATE INDEX suppressions_reason ON suppressions (workspace_id, reason, at, id) WHERE lifted_at IS NULL;
