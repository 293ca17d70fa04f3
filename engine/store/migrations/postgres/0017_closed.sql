-- What a message says instead when its provider refuses it late because the service
-- window is closed; NULL when there is nothing.
ALTER TABLE messages ADD COLUMN closed text;
