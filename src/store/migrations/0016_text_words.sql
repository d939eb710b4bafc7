-- A keyed hash of a text's words, to see that a machine says the same again and again. The words themselves are not kept.
ALTER TABLE private_texts ADD COLUMN words TEXT;
CREATE INDEX private_texts_by_words ON private_texts (words, at) WHERE words IS NOT NULL;
