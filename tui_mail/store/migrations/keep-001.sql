-- DATABASE keep -- data/keep.db: precious, small; WAL, synchronous=FULL; written by any process in short transactions

-- One row: who this file is.
CREATE TABLE keep (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  uuid TEXT NOT NULL,               -- mail.db names the keep.db that it belongs to by this
  rev INTEGER NOT NULL,
  backed_up INTEGER NOT NULL        -- when the rolling backup was last made
) STRICT;

-- Numbers handed out so far; a number is never handed out twice, also after a rebuild of mail.db.
CREATE TABLE counter (
  name TEXT PRIMARY KEY CHECK (name IN ('item', 'folder')),
  next INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Folders by number, so that a rebuilt mail.db gives every folder the number it had.
CREATE TABLE folder (
  id INTEGER PRIMARY KEY,
  account TEXT NOT NULL,
  path TEXT NOT NULL
) STRICT;

-- The journal: one row per gesture and account, desired state. Only confirmed rows leave it; AUTOINCREMENT, since
-- mail.db remembers up to which number it has folded them in.
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

-- The action log: what a person did, with what takes it back. Kept 30 days.
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

