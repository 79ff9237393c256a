-- Local mail, of which this file is the server, and what is known of POP3 mailboxes.

CREATE TABLE local_folder (
  id INTEGER PRIMARY KEY AUTOINCREMENT,  -- its UIDVALIDITY, too: never used again
  account TEXT NOT NULL,
  path TEXT NOT NULL,
  role TEXT,
  subscribed INTEGER NOT NULL,
  uidnext INTEGER NOT NULL,
  modseq INTEGER NOT NULL,          -- counts the changes of the folder and its items
  UNIQUE (account, path)
) STRICT;

CREATE TABLE local_item (
  folder INTEGER NOT NULL,          -- local_folder.id
  uid INTEGER NOT NULL,
  flags INTEGER NOT NULL,
  keywords TEXT NOT NULL,
  received INTEGER NOT NULL,
  size INTEGER NOT NULL,            -- of the whole message
  raw TEXT NOT NULL,                -- name under data/raw
  whole INTEGER NOT NULL,           -- 0: only its header is here
  account TEXT NOT NULL,            -- the account it came by
  modseq INTEGER NOT NULL,          -- of the folder at its last change
  origin_folder INTEGER NOT NULL,   -- where it was copied or moved from last; 0: nowhere
  origin_uid INTEGER NOT NULL,
  pop INTEGER,                      -- pop_message.id, while that may be at the server
  PRIMARY KEY (folder, uid)
) STRICT, WITHOUT ROWID;
CREATE INDEX local_item_modseq ON local_item (folder, modseq);
CREATE INDEX local_item_raw ON local_item (raw);
CREATE INDEX local_item_pop ON local_item (pop) WHERE pop IS NOT NULL;

CREATE TABLE pop_message (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account TEXT NOT NULL,
  mailbox TEXT NOT NULL,            -- user@host: whose UIDLs these are
  uidl TEXT NOT NULL,               -- '' where the server gives none
  size INTEGER NOT NULL,            -- as LIST gave it, which need not be that of the message
  header TEXT NOT NULL,             -- fingerprint of its header (backends.pop3.identity)
  sure INTEGER NOT NULL,            -- 0: found again by less than its UIDL, octets not compared since
  raw TEXT NOT NULL,                -- what it became: name under data/raw
  whole INTEGER NOT NULL,           -- 0: only its header is here
  wanted INTEGER NOT NULL,          -- 1: a person asked for the rest of it
  got INTEGER NOT NULL,             -- when it came
  missing INTEGER,                  -- since when complete lists of the server lack it; NULL: it is there
  asked INTEGER                     -- when the server was last told to delete it
) STRICT;
CREATE INDEX pop_message_account ON pop_message (account);
