-- WhatsApp's free entry point: when the contact last came from an advertisement or a
-- page's button, and when we answered that, from which on everything is free for a while.
ALTER TABLE service_windows ADD COLUMN entered_at timestamptz;
ALTER TABLE service_windows ADD COLUMN answered_at timestamptz;
