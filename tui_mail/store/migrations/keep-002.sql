-- Drafts, the outbox, operations that wait for another.

ALTER TABLE operation ADD COLUMN after INTEGER;
ALTER TABLE action ADD COLUMN outbox INTEGER;
-- Messages being written, and those whose composer ended without filing them. A row leaves when the message is filed in
-- Drafts as it stands here, queued to be sent, or discarded.
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

-- Messages on their way out, kept for 30 days after their end (facts of delivery exist only here).
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

-- The SMTP envelope, one row for each address.
CREATE TABLE outbox_recipient (
  outbox INTEGER NOT NULL,          -- outbox.id
  place INTEGER NOT NULL,
  address TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'unknown', 'accepted', 'deferred', 'refused')),
  reply TEXT NOT NULL,              -- the server's words
  PRIMARY KEY (outbox, place)
) STRICT, WITHOUT ROWID;

-- Whether a server for sending keeps its own copy in Sent, as far as was seen.
CREATE TABLE sent_habit (
  account TEXT PRIMARY KEY,
  host TEXT NOT NULL,
  saves INTEGER NOT NULL,           -- what was seen last
  times INTEGER NOT NULL            -- how often in a row; two are believed
) STRICT, WITHOUT ROWID;
