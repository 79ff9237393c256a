-- Places where messages stay, marked as deleted, on servers that cannot expunge by name (no UIDPLUS, RFC 4315).

CREATE TABLE emptied (
  folder INTEGER NOT NULL,          -- folder.id
  uid INTEGER NOT NULL,             -- under folder.uidvalidity
  PRIMARY KEY (folder, uid)
) STRICT, WITHOUT ROWID;
