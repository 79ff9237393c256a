-- Folders keep their identity when another client renames them, where the server tells it (RFC 8474).

ALTER TABLE folder ADD COLUMN mailbox_id TEXT NOT NULL DEFAULT '';
