-- What a message cost: millionths of a currency, how that is known (reported, table,
-- free, unknown; '' = no provider has accepted it), the category it is billed as, and
-- the day of its acceptance in the workspace's zone.
ALTER TABLE messages ADD COLUMN cost_micros bigint NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN cost_currency text NOT NULL DEFAULT '';
ALTER TABLE messages ADD COLUMN cost_source text NOT NULL DEFAULT '';
ALTER TABLE messages ADD COLUMN cost_category text NOT NULL DEFAULT '';
ALTER TABLE messages ADD COLUMN cost_day text NOT NULL DEFAULT '';

-- Messages and money by day and kind. A change of a message's cost adds a row of its own
-- (entry = the message), so that senders never wait for each other; from time to time
-- those are folded into the row of the kind (entry = ''). Whoever asks sums all rows.
CREATE TABLE message_costs (
  workspace_id   text NOT NULL,
  day            text NOT NULL,
  journey_id     text NOT NULL,
  integration_id text NOT NULL,
  channel        text NOT NULL,
  category       text NOT NULL,
  currency       text NOT NULL,
  entry          text NOT NULL,
  messages       bigint NOT NULL,
  reported       bigint NOT NULL,
  listed         bigint NOT NULL,
  free           bigint NOT NULL,
  unknown        bigint NOT NULL,
  micros         bigint NOT NULL,
  PRIMARY KEY (workspace_id, day, journey_id, integration_id, channel, category, currency, entry)
);
CREATE INDEX message_costs_loose ON message_costs (workspace_id, entry) WHERE entry <> '';

-- How many of a number's free messages of a month are used.
CREATE TABLE free_messages (
  workspace_id   text NOT NULL,
  integration_id text NOT NULL,
  month          text NOT NULL, -- 2026-11, in the workspace's zone
  used           bigint NOT NULL,
  PRIMARY KEY (workspace_id, integration_id, month)
);

-- Messages of before: how many is known, what they cost is not; days are UTC's.
UPDATE messages SET cost_source = 'unknown', cost_category = category, cost_day = to_char(accepted_at AT TIME ZONE 'UTC', 'YYYY-MM-DD')
WHERE accepted_at IS NOT NULL;
INSERT INTO message_costs (workspace_id, day, journey_id, integration_id, channel, category, currency, entry, messages, reported, listed, free, unknown, micros)
SELECT workspace_id, cost_day, journey_id, integration_id, channel, cost_category, '', '', COUNT(*), 0, 0, 0, COUNT(*), 0
FROM messages WHERE cost_source <> '' GROUP BY workspace_id, cost_day, journey_id, integration_id, channel, cost_category;

CREATE FUNCTION count_message_cost() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF OLD.cost_source <> '' THEN
    INSERT INTO message_costs AS c VALUES (OLD.workspace_id, OLD.cost_day, OLD.journey_id, OLD.integration_id, OLD.channel, OLD.cost_category, OLD.cost_currency, OLD.id,
      -1, -(OLD.cost_source = 'reported')::int, -(OLD.cost_source = 'table')::int, -(OLD.cost_source = 'free')::int, -(OLD.cost_source = 'unknown')::int, -OLD.cost_micros)
    ON CONFLICT (workspace_id, day, journey_id, integration_id, channel, category, currency, entry) DO UPDATE SET
      messages = c.messages + excluded.messages, reported = c.reported + excluded.reported, listed = c.listed + excluded.listed,
      free = c.free + excluded.free, unknown = c.unknown + excluded.unknown, micros = c.micros + excluded.micros;
  END IF;
  INSERT INTO message_costs AS c VALUES (NEW.workspace_id, NEW.cost_day, NEW.journey_id, NEW.integration_id, NEW.channel, NEW.cost_category, NEW.cost_currency, NEW.id,
    1, (NEW.cost_source = 'reported')::int, (NEW.cost_source = 'table')::int, (NEW.cost_source = 'free')::int, (NEW.cost_source = 'unknown')::int, NEW.cost_micros)
  ON CONFLICT (workspace_id, day, journey_id, integration_id, channel, category, currency, entry) DO UPDATE SET
    messages = c.messages + excluded.messages, reported = c.reported + excluded.reported, listed = c.listed + excluded.listed,
    free = c.free + excluded.free, unknown = c.unknown + excluded.unknown, micros = c.micros + excluded.micros;
  RETURN NULL;
END $$;
CREATE TRIGGER messages_cost AFTER UPDATE OF cost_micros, cost_currency, cost_source, cost_category, cost_day ON messages
  FOR EACH ROW WHEN (NEW.cost_source <> '' AND (OLD.cost_micros, OLD.cost_currency, OLD.cost_source, OLD.cost_category, OLD.cost_day)
    IS DISTINCT FROM (NEW.cost_micros, NEW.cost_currency, NEW.cost_source, NEW.cost_category, NEW.cost_day))
  EXECUTE FUNCTION count_message_cost();
