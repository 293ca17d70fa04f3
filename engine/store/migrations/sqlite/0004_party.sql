-- Whose an event is, where that is known from the event alone: a contact's id, or
-- the keyed hash of an address. What one party sends must not keep everybody
-- else's waiting.
ALTER TABLE inbound_events ADD COLUMN party TEXT NOT NULL DEFAULT '';
