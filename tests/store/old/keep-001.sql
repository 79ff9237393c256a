CREATE TABLE keep (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  uuid TEXT NOT NULL,               -- mail.db names the keep.db that it belongs to by this
  rev INTEGER NOT NULL,
  backed_up INTEGER NOT NULL        -- when the rolling backup was last made
) STRICT;
INSERT INTO keep (one, uuid, rev, backed_up) VALUES (1,'9fa6d49705fb4e6891e1dd935dbe2cb0',5,1780000000);
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
) STRICT;
INSERT INTO operation (id, account, kind, items, add_flags, remove_flags, add_keywords, remove_keywords, target, copies, path, role, raw, received, state, attempts, error, not_before, target_uidnext, created, action) VALUES (1,'work','flags',X'010000000000000001000000000000000100000003000000000000000300000000000000DB7DBC64929653605A9C29AE816AE2CE',4,0,'','',NULL,X'','',NULL,'',0,'queued',0,'',0,0,1780000000,1);
INSERT INTO operation (id, account, kind, items, add_flags, remove_flags, add_keywords, remove_keywords, target, copies, path, role, raw, received, state, attempts, error, not_before, target_uidnext, created, action) VALUES (2,'work','move',X'010000000000000001000000000000000100000002000000000000000200000000000000FFDCECE78BBB7C2F8BE585BDE4EB1C57',0,0,'','',2,X'','',NULL,'',0,'queued',0,'',0,0,1780000000,2);
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
) STRICT;
INSERT INTO action (id, kind, items, operations, target, forward, inverse, state, created) VALUES (1,'flag',X'0300000000000000',X'0100000000000000','',X'5B7B226163636F756E74223A22776F726B222C226B696E64223A22666C616773222C226974656D73223A5B335D2C22616464223A342C2272656D6F7665223A302C226164645F6B6579776F726473223A5B5D2C2272656D6F76655F6B6579776F726473223A5B5D2C22746172676574223A6E756C6C2C22636F70696573223A5B5D7D5D',X'5B7B226163636F756E74223A22776F726B222C226B696E64223A22666C616773222C226974656D73223A5B335D2C22616464223A302C2272656D6F7665223A342C226164645F6B6579776F726473223A5B5D2C2272656D6F76655F6B6579776F726473223A5B5D2C22746172676574223A6E756C6C2C22636F70696573223A5B5D7D5D','done',1780000000);
INSERT INTO action (id, kind, items, operations, target, forward, inverse, state, created) VALUES (2,'archive',X'0200000000000000',X'0200000000000000','Archive',X'5B7B226163636F756E74223A22776F726B222C226B696E64223A226D6F7665222C226974656D73223A5B325D2C22616464223A302C2272656D6F7665223A302C226164645F6B6579776F726473223A5B5D2C2272656D6F76655F6B6579776F726473223A5B5D2C22746172676574223A322C22636F70696573223A5B5D7D5D',X'5B7B226163636F756E74223A22776F726B222C226B696E64223A226D6F7665222C226974656D73223A5B325D2C22616464223A302C2272656D6F7665223A302C226164645F6B6579776F726473223A5B5D2C2272656D6F76655F6B6579776F726473223A5B5D2C22746172676574223A312C22636F70696573223A5B5D7D5D','done',1780000000);
PRAGMA user_version = 1;
