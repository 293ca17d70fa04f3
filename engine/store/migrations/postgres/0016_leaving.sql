-- Whether the event may be a person's wish to be left alone: from the moment it is stored
-- the send gate keeps what is for them until it was worked off. Few events are, so a
-- small index finds them.
ALTER TABLE event_addresses ADD COLUMN withdraws boolean NOT NULL DEFAULT false;
CREATE INDEX event_addresses_withdraws ON event_addresses (workspace_id, address_hash) WHERE withdraws;
