-- The two databases as they are now. The truth for readers of the code; a test compares it with what the numbered
-- migrations make. Lines that begin with "-- DATABASE" say which file the statements below belong to.
--
-- Times are seconds since the epoch, UTC. Sizes are octets. Booleans are 0 and 1. `flags` are the bits of
-- model.flags.Flag; keywords are sorted and joined by a line feed. Addresses are lines of "name TAB addr-spec".
-- Foreign keys are named in comments and not enforced: the writer is one, and a cache that contradicts itself is made
-- anew.

-- DATABASE keep -- data/keep.db: precious, small; WAL, synchronous=FULL; written by any process in short transactions

-- One row: who this file is.
CREATE TABLE keep (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  uuid TEXT NOT NULL,               -- mail.db names the keep.db that it belongs to by this
  rev INTEGER NOT NULL,             -- grows with every commit, as that of mail.db
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
  action INTEGER,                   -- action.id
  after INTEGER                     -- operation.id: sent only once that one is confirmed, refused with it
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
  created INTEGER NOT NULL,
  outbox INTEGER                    -- outbox.id, for what was sent
) STRICT;

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

-- What servers want a person to read ([ALERT], RFC 9051, 7.1), shown until somebody did; kept 30 days.
CREATE TABLE alert (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account TEXT NOT NULL,
  text TEXT NOT NULL,               -- as the server sent it
  said INTEGER NOT NULL,            -- when it was said last
  read INTEGER NOT NULL             -- 1: a person has seen it
) STRICT;

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

-- Folders of local mail (POP3 accounts): this file is their server, and mail.db mirrors them like any other's.
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

-- One copy of a message in a local folder. Its bytes are a file, written and synced before the row.
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

-- What of a POP3 mailbox is here, as long as the server may have it. A row is written in the transaction that writes
-- the items; it goes some time after complete lists of the server have begun to lack it.
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

-- DATABASE mail -- data/mail.db: large, rebuildable; WAL, synchronous=NORMAL; written by the engine alone

-- One row: what this file belongs to and how far it is.
CREATE TABLE meta (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  keep_uuid TEXT NOT NULL,          -- another uuid than that of keep.db: folded_seq counts as 0
  folded_seq INTEGER NOT NULL,      -- operations up to this number are in the effective state
  rev INTEGER NOT NULL,
  next_content INTEGER NOT NULL,
  next_thread INTEGER NOT NULL,
  next_text INTEGER NOT NULL        -- tells index rows of one minute apart
) STRICT;

CREATE TABLE account (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  bodies_from INTEGER NOT NULL DEFAULT 0  -- older bodies made room for newer ones and are not fetched ahead
) STRICT;

-- Folders: as they are shown (effective) and as the server has them, side by side.
CREATE TABLE folder (
  id INTEGER PRIMARY KEY,           -- drawn from keep.db
  account INTEGER NOT NULL,         -- account.id
  path TEXT NOT NULL,
  role TEXT,
  selectable INTEGER NOT NULL,
  subscribed INTEGER NOT NULL,
  deleted INTEGER NOT NULL,         -- a person deleted it; the server may not know yet
  total INTEGER NOT NULL,           -- items in it, counted by the transactions that change them
  unread INTEGER NOT NULL,
  name TEXT NOT NULL,               -- the server's name; '' while it waits to be created
  server_path TEXT NOT NULL,
  server_subscribed INTEGER NOT NULL,
  missing_since INTEGER,            -- not in the server's list since; hidden, kept for 30 days
  uidvalidity INTEGER NOT NULL,     -- 0 before the first page
  cursor BLOB NOT NULL,             -- the backend's; changes only with the rows it vouches for
  held INTEGER NOT NULL,            -- items that are on the server in this folder
  held_unread INTEGER NOT NULL,
  server_total INTEGER,             -- the server's own count, shown until the folder is complete
  server_unread INTEGER,
  complete INTEGER NOT NULL,        -- everything of it is here, but what `read_from` leaves out
  last_sync INTEGER,
  older INTEGER NOT NULL DEFAULT 0, -- messages received before `read_from` and left on the server
  read_from INTEGER NOT NULL DEFAULT 0,  -- what was received before was not asked for when it became complete; 0: all was
  reach INTEGER,                    -- how far back a person asked for it, likewise; NULL: as the account says
  mailbox_id TEXT NOT NULL DEFAULT ''  -- MAILBOXID (RFC 8474): the same after a rename; '' where the server has none
) STRICT;

-- What copies of one message share.
CREATE TABLE content (
  id INTEGER PRIMARY KEY,
  account INTEGER NOT NULL,         -- account.id
  match_key INTEGER NOT NULL,       -- 8 octets: hash of strong_id, else date received and fingerprint
  strong_id TEXT NOT NULL,          -- EMAILID (RFC 8474), X-GM-MSGID; ''
  fingerprint BLOB NOT NULL,
  header_hash BLOB NOT NULL,
  received INTEGER NOT NULL,        -- INTERNALDATE of the first copy
  size INTEGER NOT NULL,
  date INTEGER,
  subject TEXT NOT NULL,
  senders TEXT NOT NULL,
  recipients TEXT NOT NULL,
  cc TEXT NOT NULL,
  bcc TEXT NOT NULL,
  list_id TEXT NOT NULL,
  message_id TEXT NOT NULL,
  sender_key TEXT NOT NULL,         -- to sort by: folded, cut
  subject_key TEXT NOT NULL,        -- to sort by: folded, without Re: and the like, cut
  subject_hash INTEGER,             -- of account and subject without Re:; NULL when it has References
  reply INTEGER NOT NULL,           -- a reply without References: joins a conversation by its subject
  mixed INTEGER NOT NULL,           -- multipart/mixed: there are probably attachments
  attachments INTEGER,              -- NULL while unknown
  snippet TEXT NOT NULL,
  body INTEGER NOT NULL,            -- 0 not here, 1 in `body`, 2 in a file
  file TEXT NOT NULL,               -- name under data/raw, for body = 2
  search_row INTEGER NOT NULL       -- its row in `search`; rows of `search` named by no content are dead
) STRICT;
CREATE INDEX content_match ON content (match_key);
CREATE UNIQUE INDEX content_search ON content (search_row);
CREATE INDEX content_subject ON content (subject_hash) WHERE subject_hash IS NOT NULL;
CREATE INDEX content_reply ON content (subject_hash) WHERE reply = 1;
CREATE INDEX content_file ON content (file) WHERE file <> '';
CREATE INDEX content_body ON content (account, received, size, body) WHERE body > 0;

-- One copy of a message in one folder: effective state and server state side by side.
CREATE TABLE item (
  id INTEGER PRIMARY KEY,           -- drawn from keep.db
  content INTEGER NOT NULL,         -- content.id
  thread INTEGER NOT NULL,
  received INTEGER NOT NULL,        -- INTERNALDATE
  folder INTEGER NOT NULL,          -- folder.id as shown; 0: in none
  flags INTEGER NOT NULL,
  keywords TEXT NOT NULL,
  server_folder INTEGER NOT NULL,   -- folder.id as the server has it; 0: not there (yet, or any more)
  server_uid INTEGER,               -- under folder.uidvalidity; NULL: in that folder by an unknown UID
  server_flags INTEGER NOT NULL,
  server_keywords TEXT NOT NULL,
  attached INTEGER NOT NULL,        -- 1: has attachments, as far as is known
  body INTEGER NOT NULL,            -- 1: the body is here
  gone_at INTEGER                   -- when the server was seen without it; it waits to be found elsewhere
) STRICT;
CREATE INDEX item_list ON item (folder, received);
CREATE INDEX item_unread ON item (folder, received) WHERE flags & 1 = 0;
CREATE INDEX item_flagged ON item (folder, received) WHERE flags & 4 = 4;
CREATE INDEX item_attached ON item (folder, received) WHERE attached = 1;
CREATE UNIQUE INDEX item_place ON item (server_folder, server_uid);
CREATE INDEX item_thread ON item (thread);
CREATE INDEX item_content ON item (content);
CREATE INDEX item_bodiless ON item (server_folder, received) WHERE body = 0 AND server_uid IS NOT NULL;
CREATE INDEX item_differs ON item (id)
  WHERE folder <> server_folder OR flags <> server_flags OR keywords <> server_keywords;

-- Items whose UID is not known: moved by an operation whose answer did not say, or after a UIDVALIDITY change.
CREATE TABLE awaited (
  item INTEGER PRIMARY KEY,
  folder INTEGER NOT NULL,          -- folder.id where it should turn up
  reset INTEGER NOT NULL,           -- 1: UIDVALIDITY changed; then only an unambiguous match will do
  rounds INTEGER NOT NULL           -- complete readings of the folder until it counts as gone
) STRICT;
CREATE INDEX awaited_folder ON awaited (folder);

-- Places that we moved or deleted a message from on a server that cannot expunge by name (no UIDPLUS, RFC 4315): it is
-- there still, marked as deleted, and is not shown unless somebody takes that mark away.
CREATE TABLE emptied (
  folder INTEGER NOT NULL,          -- folder.id
  uid INTEGER NOT NULL,             -- under folder.uidvalidity
  PRIMARY KEY (folder, uid)
) STRICT, WITHOUT ROWID;

-- A conversation inside one folder: a first page of folded rows is one index walk.
CREATE TABLE folder_thread (
  folder INTEGER NOT NULL,
  thread INTEGER NOT NULL,
  newest INTEGER NOT NULL,          -- received of newest_item
  newest_item INTEGER NOT NULL,
  count INTEGER NOT NULL,
  unread INTEGER NOT NULL,
  flagged INTEGER NOT NULL,
  attached INTEGER NOT NULL,
  PRIMARY KEY (folder, thread)
) STRICT, WITHOUT ROWID;
CREATE INDEX folder_thread_list ON folder_thread (folder, newest, newest_item);
CREATE INDEX folder_thread_unread ON folder_thread (folder, newest, newest_item) WHERE unread > 0;
CREATE INDEX folder_thread_flagged ON folder_thread (folder, newest, newest_item) WHERE flagged > 0;
CREATE INDEX folder_thread_attached ON folder_thread (folder, newest, newest_item) WHERE attached > 0;

-- Message-ID (seen or only referred to) to thread, by 8 octets of a hash of account and Message-ID; also the
-- server's own thread ids.
CREATE TABLE message_id (
  hash INTEGER PRIMARY KEY,
  thread INTEGER NOT NULL           -- may be an old one: see thread_alias
) STRICT;

-- Threads that became part of another.
CREATE TABLE thread_alias (
  thread INTEGER PRIMARY KEY,
  into_thread INTEGER NOT NULL
) STRICT;

-- Threads the server named (THREADID, X-GM-THRID): these are never joined with one another.
CREATE TABLE server_thread (
  thread INTEGER PRIMARY KEY,
  name TEXT NOT NULL
) STRICT;

-- Exact bytes of messages up to 256 KiB.
CREATE TABLE body (
  content INTEGER PRIMARY KEY,      -- content.id
  raw BLOB NOT NULL
) STRICT;

-- Large messages of which a person read the text: the message with the bodies of other parts left out.
CREATE TABLE outline (
  content INTEGER PRIMARY KEY,      -- content.id; its body is 0
  raw BLOB NOT NULL,                -- mime.outline
  absent TEXT NOT NULL              -- the parts left out: lines of "path TAB octets after decoding, about"
) STRICT;

-- Parts left out that a person asked for.
CREATE TABLE part (
  content INTEGER NOT NULL,         -- outline.content
  path TEXT NOT NULL,               -- the section number
  octets INTEGER NOT NULL,
  file TEXT NOT NULL,               -- name under data/raw: the body of the part, still encoded
  PRIMARY KEY (content, path)
) STRICT, WITHOUT ROWID;
CREATE INDEX part_file ON part (file);

-- Renderings, made by mime.render and independent of width.
CREATE TABLE rendered (
  id INTEGER PRIMARY KEY,
  content INTEGER NOT NULL,         -- content.id
  prefer TEXT NOT NULL,
  bytes BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX rendered_content ON rendered (content, prefer);

-- The full-text index. Its row numbers are coded from the date received so that ascending is newest first
-- (store.searchrow). Fed with folded text (text.fold.index_text), which this tokenizer splits as text.fold.terms does.
CREATE VIRTUAL TABLE search USING fts5 (
  senders, recipients, cc, subject, body, list, file,
  content = '', columnsize = 0, tokenize = 'ascii'
);
