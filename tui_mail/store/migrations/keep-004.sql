-- Mailing lists that the person asked to leave.

CREATE TABLE left_list (
  account TEXT NOT NULL,
  list TEXT NOT NULL,               -- what stands in List-Id; else the sender's address
  way TEXT NOT NULL CHECK (way IN ('one-click', 'mailto', 'link')),
  target TEXT NOT NULL,             -- the host or address that was asked
  asked INTEGER NOT NULL,
  outbox INTEGER,                   -- outbox.id of the mail that asks for it
  PRIMARY KEY (account, list)
) STRICT, WITHOUT ROWID;
