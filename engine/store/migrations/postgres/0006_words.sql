-- The version whose words are said to who is in this one: texts and translations
-- of a later version with the same flow, published for everybody. '' = its own.
ALTER TABLE versions ADD COLUMN words_of text NOT NULL DEFAULT '';
