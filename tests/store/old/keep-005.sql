CREATE TABLE keep (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  uuid TEXT NOT NULL,               -- mail.db names the keep.db that it belongs to by this
  rev INTEGER NOT NULL,
  backed_up INTEGER NOT NULL        -- when the rolling backup was last made
) STRICT;
INSERT INTO keep (one, uuid, rev, backed_up) VALUES (1,'e0dd4d9e66534d2ca293bc1773d0cba4',5,1780000000);
CREATE TABLE counter (
  name TEXT PRIMARY KEY CHECK (name IN ('item', 'folder')),
  next INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO counter (name, next) VALUES ('folder',5);
INSERT INTO counter (name, next) VALUES ('item',8193);
CREATE TABLE folder (
  id INTEGER PRIMARY KEY,
  account TEXT NOT NULL,
  path TEXT NOT NULL
) STRICT;
INSERT INTO folder (id, account, path) VALUES (1,'work','INBOX');
INSERT INTO folder (id, account, path) VALUES (2,'work','Archive');
INSERT INTO folder (id, account, path) VALUES (3,'work','Trash');
INSERT INTO folder (id, account, path) VALUES (4,'work','Lists');
CREATE TABLE operation (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('flags', 'move', 'copy', 'expunge', 'append', 'create-folder', 'rename-folder',
                                     'delete-folder', 'subscribe', 'unsubscribe')),
  items BLOB NOT NULL,              -- packed: item, folder, uidvalidity, uid, fingerprint of each (store.packing)
  add_flags INTEGER NOT NULL,
  remove_flags INTEGER NOT NULL,
  add_keywords TEXT NOT NULL,
  remove_keywords TEXT NOT NULL,
  target INTEGER,                   -- folder
  copies BLOB NOT NULL,             -- packed numbers of the items that a copy or append makes
  path TEXT NOT NULL,
  role TEXT,
  raw TEXT NOT NULL,                -- append: name under data/raw
  received INTEGER NOT NULL,        -- append: INTERNALDATE wanted
  state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'retry', 'conflict', 'failed')),
  attempts INTEGER NOT NULL,
  error TEXT NOT NULL,
  not_before INTEGER NOT NULL,
  target_uidnext INTEGER NOT NULL,  -- UIDNEXT of the target before the first try of a copy, move or append
  created INTEGER NOT NULL,
  action INTEGER                    -- action.id
, after INTEGER) STRICT;
INSERT INTO operation (id, account, kind, items, add_flags, remove_flags, add_keywords, remove_keywords, target, copies, path, role, raw, received, state, attempts, error, not_before, target_uidnext, created, action, after) VALUES (1,'work','flags',X'010000000000000001000000000000000100000003000000000000000300000000000000DB7DBC64929653605A9C29AE816AE2CE',4,0,'','',NULL,X'','',NULL,'',0,'queued',0,'',0,0,1780000000,1,NULL);
INSERT INTO operation (id, account, kind, items, add_flags, remove_flags, add_keywords, remove_keywords, target, copies, path, role, raw, received, state, attempts, error, not_before, target_uidnext, created, action, after) VALUES (2,'work','move',X'010000000000000001000000000000000100000002000000000000000200000000000000FFDCECE78BBB7C2F8BE585BDE4EB1C57',0,0,'','',2,X'','',NULL,'',0,'queued',0,'',0,0,1780000000,2,NULL);
CREATE TABLE action (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  items BLOB NOT NULL,              -- packed numbers
  operations BLOB NOT NULL,         -- packed numbers of the operations it was recorded with
  target TEXT NOT NULL,             -- display path, for the words of the status line
  forward BLOB NOT NULL,            -- operations that do it once more (store.packing)
  inverse BLOB NOT NULL,            -- operations that take it back; empty: cannot be undone
  state TEXT NOT NULL CHECK (state IN ('done', 'undone', 'overtaken')),  -- overtaken: too late to undo or redo
  created INTEGER NOT NULL
, outbox INTEGER) STRICT;
INSERT INTO action (id, kind, items, operations, target, forward, inverse, state, created, outbox) VALUES (1,'flag',X'0300000000000000',X'0100000000000000','',X'5B7B226163636F756E74223A22776F726B222C226B696E64223A22666C616773222C226974656D73223A5B335D2C22616464223A342C2272656D6F7665223A302C226164645F6B6579776F726473223A5B5D2C2272656D6F76655F6B6579776F726473223A5B5D2C22746172676574223A6E756C6C2C22636F70696573223A5B5D7D5D',X'5B7B226163636F756E74223A22776F726B222C226B696E64223A22666C616773222C226974656D73223A5B335D2C22616464223A302C2272656D6F7665223A342C226164645F6B6579776F726473223A5B5D2C2272656D6F76655F6B6579776F726473223A5B5D2C22746172676574223A6E756C6C2C22636F70696573223A5B5D7D5D','done',1780000000,NULL);
INSERT INTO action (id, kind, items, operations, target, forward, inverse, state, created, outbox) VALUES (2,'archive',X'0200000000000000',X'0200000000000000','Archive',X'5B7B226163636F756E74223A22776F726B222C226B696E64223A226D6F7665222C226974656D73223A5B325D2C22616464223A302C2272656D6F7665223A302C226164645F6B6579776F726473223A5B5D2C2272656D6F76655F6B6579776F726473223A5B5D2C22746172676574223A322C22636F70696573223A5B5D7D5D',X'5B7B226163636F756E74223A22776F726B222C226B696E64223A226D6F7665222C226974656D73223A5B325D2C22616464223A302C2272656D6F7665223A302C226164645F6B6579776F726473223A5B5D2C2272656D6F76655F6B6579776F726473223A5B5D2C22746172676574223A312C22636F70696573223A5B5D7D5D','done',1780000000,NULL);
CREATE TABLE draft (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account TEXT NOT NULL,
  content TEXT NOT NULL,            -- JSON of model.draft.Draft
  files TEXT NOT NULL,              -- names under data/raw that it needs, joined by line feeds
  item INTEGER,                     -- the copy of it in Drafts that it was opened from or filed as
  filed INTEGER NOT NULL,           -- 1: that copy says what stands here
  editor TEXT NOT NULL,             -- the process that has it open (store.editors); '' nobody
  created INTEGER NOT NULL,
  changed INTEGER NOT NULL
) STRICT;
CREATE TABLE outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'sending', 'committing', 'sent', 'failed', 'ambiguous', 'cancelled')),
  message_id TEXT NOT NULL,         -- without angle brackets
  subject TEXT NOT NULL,
  recipients_shown TEXT NOT NULL,   -- the To field, decoded
  sender TEXT NOT NULL,             -- envelope sender (RFC 5321)
  raw TEXT NOT NULL,                -- under data/raw: the frozen octets for the wire, no Bcc
  copy TEXT NOT NULL,               -- under data/raw: the octets for the Sent copy
  size INTEGER NOT NULL,
  draft TEXT NOT NULL,              -- JSON of model.draft.Draft, to go on writing; '' for a message made elsewhere
  files TEXT NOT NULL,              -- names under data/raw that the draft needs, joined by line feeds
  answers TEXT NOT NULL,            -- Message-ID of what is flagged as answered when this is accepted
  forwards TEXT NOT NULL,           -- Message-IDs of what is flagged as forwarded, joined by line feeds
  attempts INTEGER NOT NULL,
  error TEXT NOT NULL,
  error_kind TEXT NOT NULL,         -- model.errors
  not_before INTEGER NOT NULL,
  held INTEGER NOT NULL,            -- 1: not tried yet, so that undo may take it back
  engine TEXT NOT NULL,             -- which run of an engine claimed it; another run's claim has ended with it
  copied INTEGER NOT NULL,          -- 0: the Sent copy is still to be seen to
  created INTEGER NOT NULL,
  sent INTEGER                      -- when the server accepted it
) STRICT;
CREATE INDEX outbox_state ON outbox (state);
CREATE TABLE outbox_recipient (
  outbox INTEGER NOT NULL,          -- outbox.id
  place INTEGER NOT NULL,
  address TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'unknown', 'accepted', 'deferred', 'refused')),
  reply TEXT NOT NULL,              -- the server's words
  PRIMARY KEY (outbox, place)
) STRICT, WITHOUT ROWID;
CREATE TABLE sent_habit (
  account TEXT PRIMARY KEY,
  host TEXT NOT NULL,
  saves INTEGER NOT NULL,           -- what was seen last
  times INTEGER NOT NULL            -- how often in a row; two are believed
) STRICT, WITHOUT ROWID;
CREATE TABLE alert (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account TEXT NOT NULL,
  text TEXT NOT NULL,               -- as the server sent it
  said INTEGER NOT NULL,            -- when it was said last
  read INTEGER NOT NULL             -- 1: a person has seen it
) STRICT;
CREATE TABLE left_list (
  account TEXT NOT NULL,
  list TEXT NOT NULL,               -- what stands in List-Id; else the sender's address
  way TEXT NOT NULL CHECK (way IN ('one-click', 'mailto', 'link')),
  target TEXT NOT NULL,             -- the host or address that was asked
  asked INTEGER NOT NULL,
  outbox INTEGER,                   -- outbox.id of the mail that asks for it
  PRIMARY KEY (account, list)
) STRICT, WITHOUT ROWID;
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
PRAGMA user_version = 5;
