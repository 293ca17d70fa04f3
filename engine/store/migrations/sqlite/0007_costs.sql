-- What a message cost: millionths of a currency, how that is known (reported, table,
-- free, unknown; '' = no provider has accepted it), the category it is billed as, and
-- the day of its acceptance in the workspace's zone.
ALTER TABLE messages ADD COLUMN cost_micros INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN cost_currency TEXT NOT NULL DEFAULT '';
ALTER TABLE messages ADD COLUMN cost_source TEXT NOT NULL DEFAULT '';
ALTER TABLE messages ADD COLUMN cost_category TEXT NOT NULL DEFAULT '';
ALTER TABLE messages ADD COLUMN cost_day TEXT NOT NULL DEFAULT '';

-- Messages and money by day and kind. A change of a message's cost adds a row of its own
-- (entry = the message), so that senders never wait for each other; from time to time
-- those are folded into the row of the kind (entry = ''). Whoever asks sums all rows.
CREATE TABLE message_costs (
  workspace_id   TEXT NOT NULL,
  day            TEXT NOT NULL,
  journey_id     TEXT NOT NULL,
  integration_id TEXT NOT NULL,
  channel        TEXT NOT NULL,
  category       TEXT NOT NULL,
  currency       TEXT NOT NULL,
  entry          TEXT NOT NULL,
  messages       INTEGER NOT NULL,
  reported       INTEGER NOT NULL,
  listed         INTEGER NOT NULL,
  free           INTEGER NOT NULL,
  unknown        INTEGER NOT NULL,
  micros         INTEGER NOT NULL,
  PRIMARY KEY (workspace_id, day, journey_id, integration_id, channel, category, currency, entry)
) STRICT;
CREATE INDEX message_costs_loose ON message_costs (workspace_id, entry) WHERE entry <> '';

-- How many of a number's free messages of a month are used.
CREATE TABLE free_messages (
  workspace_id   TEXT NOT NULL,
  integration_id TEXT NOT NULL,
  month          TEXT NOT NULL, -- 2026-11, in the workspace's zone
  used           INTEGER NOT NULL,
  PRIMARY KEY (workspace_id, integration_id, month)
) STRICT;

-- Messages of before: how many is known, what they cost is not; days are UTC's.
UPDATE messages SET cost_source = 'unknown', cost_category = category, cost_day = substr(accepted_at, 1, 10)
WHERE accepted_at IS NOT NULL;
INSERT INTO message_costs (workspace_id, day, journey_id, integration_id, channel, category, currency, entry, messages, reported, listed, free, unknown, micros)
SELECT workspace_id, cost_day, journey_id, integration_id, channel, cost_category, '', '', COUNT(*), 0, 0, 0, COUNT(*), 0
FROM messages WHERE cost_source <> '' GROUP BY workspace_id, cost_day, journey_id, integration_id, channel, cost_category;

CREATE TRIGGER messages_cost AFTER UPDATE OF cost_micros, cost_currency, cost_source, cost_category, cost_day ON messages
WHEN NEW.cost_source <> '' AND (OLD.cost_micros, OLD.cost_currency, OLD.cost_source, OLD.cost_category, OLD.cost_day)
  IS NOT (NEW.cost_micros, NEW.cost_currency, NEW.cost_source, NEW.cost_category, NEW.cost_day)
BEGIN
  INSERT INTO message_costs (workspace_id, day, journey_id, integration_id, channel, category, currency, entry, messages, reported, listed, free, unknown, micros)
  SELECT OLD.workspace_id, OLD.cost_day, OLD.journey_id, OLD.integration_id, OLD.channel, OLD.cost_category, OLD.cost_currency, OLD.id,
    -1, -(OLD.cost_source = 'reported'), -(OLD.cost_source = 'table'), -(OLD.cost_source = 'free'), -(OLD.cost_source = 'unknown'), -OLD.cost_micros
  WHERE OLD.cost_source <> ''
  ON CONFLICT (workspace_id, day, journey_id, integration_id, channel, category, currency, entry) DO UPDATE SET
    messages = messages + excluded.messages, reported = reported + excluded.reported, listed = listed + excluded.listed,
    free = free + excluded.free, unknown = unknown + excluded.unknown, micros = micros + excluded.micros;
  INSERT INTO message_costs (workspace_id, day, journey_id, integration_id, channel, category, currency, entry, messages, reported, listed, free, unknown, micros)
  SELECT NEW.workspace_id, NEW.cost_day, NEW.journey_id, NEW.integration_id, NEW.channel, NEW.cost_category, NEW.cost_currency, NEW.id,
    1, (NEW.cost_source = 'reported'), (NEW.cost_source = 'table'), (NEW.cost_source = 'free'), (NEW.cost_source = 'unknown'), NEW.cost_micros
  WHERE true
  ON CONFLICT (workspace_id, day, journey_id, integration_id, channel, category, currency, entry) DO UPDATE SET
    messages = messages + excluded.messages, reported = reported + excluded.reported, listed = listed + excluded.listed,
    free = free + excluded.free, unknown = unknown + excluded.unknown, micros = micros + excluded.micros;
END;
