-- How far back folders are read, what of their mail stays on the server, and bodies by age for the limit of the cache.

ALTER TABLE folder ADD COLUMN older INTEGER NOT NULL DEFAULT 0;
ALTER TABLE folder ADD COLUMN read_from INTEGER NOT NULL DEFAULT 0;
ALTER TABLE folder ADD COLUMN reach INTEGER;
ALTER TABLE account ADD COLUMN bodies_from INTEGER NOT NULL DEFAULT 0;
CREATE INDEX content_body ON content (account, received, size, body) WHERE body > 0;
