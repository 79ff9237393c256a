CREATE TABLE meta (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  keep_uuid TEXT NOT NULL,          -- another uuid than that of keep.db: folded_seq counts as 0
  folded_seq INTEGER NOT NULL,      -- operations up to this number are in the effective state
  rev INTEGER NOT NULL,
  next_content INTEGER NOT NULL,
  next_thread INTEGER NOT NULL,
  next_text INTEGER NOT NULL        -- tells index rows of one minute apart
) STRICT;
INSERT INTO meta (one, keep_uuid, folded_seq, rev, next_content, next_thread, next_text) VALUES (1,'0e1be4b96b93465892c4d9fe26d8ce70',1,5,4,3,4);
CREATE TABLE account (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
, bodies_from INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO account (id, name, bodies_from) VALUES (1,'work',0);
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
  complete INTEGER NOT NULL,        -- everything of it is here
  last_sync INTEGER,
  older INTEGER NOT NULL DEFAULT 0, read_from INTEGER NOT NULL DEFAULT 0, reach INTEGER, mailbox_id TEXT NOT NULL DEFAULT '') STRICT;
INSERT INTO folder (id, account, path, role, selectable, subscribed, deleted, total, unread, name, server_path, server_subscribed, missing_since, uidvalidity, cursor, held, held_unread, server_total, server_unread, complete, last_sync, older, read_from, reach, mailbox_id) VALUES (1,1,'INBOX','inbox',1,1,0,3,2,'INBOX','INBOX',1,NULL,1,X'63',3,2,NULL,NULL,1,1780000000,0,0,NULL,'');
INSERT INTO folder (id, account, path, role, selectable, subscribed, deleted, total, unread, name, server_path, server_subscribed, missing_since, uidvalidity, cursor, held, held_unread, server_total, server_unread, complete, last_sync, older, read_from, reach, mailbox_id) VALUES (2,1,'Archive','archive',1,1,0,0,0,'Archive','Archive',1,NULL,0,X'',0,0,NULL,NULL,0,NULL,0,0,NULL,'');
INSERT INTO folder (id, account, path, role, selectable, subscribed, deleted, total, unread, name, server_path, server_subscribed, missing_since, uidvalidity, cursor, held, held_unread, server_total, server_unread, complete, last_sync, older, read_from, reach, mailbox_id) VALUES (3,1,'Trash','trash',1,1,0,0,0,'Trash','Trash',1,NULL,0,X'',0,0,NULL,NULL,0,NULL,0,0,NULL,'');
INSERT INTO folder (id, account, path, role, selectable, subscribed, deleted, total, unread, name, server_path, server_subscribed, missing_since, uidvalidity, cursor, held, held_unread, server_total, server_unread, complete, last_sync, older, read_from, reach, mailbox_id) VALUES (4,1,'Lists',NULL,1,1,0,0,0,'Lists','Lists',1,NULL,0,X'',0,0,NULL,NULL,0,NULL,0,0,NULL,'');
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
INSERT INTO content (id, account, match_key, strong_id, fingerprint, header_hash, received, size, date, subject, senders, recipients, cc, bcc, list_id, message_id, sender_key, subject_key, subject_hash, reply, mixed, attachments, snippet, body, file, search_row) VALUES (1,1,29846668284824285,'',X'D88ADD23BE9716777C267DA1BA2F294E',X'7E58D8E551B85E29B0810ADA5B85A71D',1779000060,92,NULL,'Lunch','Ann	ann@example.org','Me	me@example.org','','','','m1@x','ann','lunch',4383568182741822923,0,0,NULL,'',0,'',8310307405827);
INSERT INTO content (id, account, match_key, strong_id, fingerprint, header_hash, received, size, date, subject, senders, recipients, cc, bcc, list_id, message_id, sender_key, subject_key, subject_hash, reply, mixed, attachments, snippet, body, file, search_row) VALUES (2,1,29846669294034156,'',X'FFDCECE78BBB7C2F8BE585BDE4EB1C57',X'836EEE2FC3D1072AD5552B18CC83CE48',1779000120,116,NULL,'Re: Lunch','Ann	ann@example.org','Me	me@example.org','','','','m2@x','ann','lunch',NULL,0,0,NULL,'',0,'',8310307389442);
INSERT INTO content (id, account, match_key, strong_id, fingerprint, header_hash, received, size, date, subject, senders, recipients, cc, bcc, list_id, message_id, sender_key, subject_key, subject_hash, reply, mixed, attachments, snippet, body, file, search_row) VALUES (3,1,29846670298283452,'',X'DB7DBC64929653605A9C29AE816AE2CE',X'5E08DF216AE641098FE521382054CD84',1779000180,92,NULL,'Other','Ann	ann@example.org','Me	me@example.org','','','','m3@x','ann','other',-8668341983648388084,0,0,NULL,'',0,'',8310307373057);
CREATE INDEX content_match ON content (match_key);
CREATE UNIQUE INDEX content_search ON content (search_row);
CREATE INDEX content_subject ON content (subject_hash) WHERE subject_hash IS NOT NULL;
CREATE INDEX content_reply ON content (subject_hash) WHERE reply = 1;
CREATE INDEX content_file ON content (file) WHERE file <> '';
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
  gone_at INTEGER) STRICT;
INSERT INTO item (id, content, thread, received, folder, flags, keywords, server_folder, server_uid, server_flags, server_keywords, attached, body, gone_at) VALUES (1,1,1,1779000060,1,0,'',1,1,0,'',0,0,NULL);
INSERT INTO item (id, content, thread, received, folder, flags, keywords, server_folder, server_uid, server_flags, server_keywords, attached, body, gone_at) VALUES (2,2,1,1779000120,1,0,'',1,2,0,'',0,0,NULL);
INSERT INTO item (id, content, thread, received, folder, flags, keywords, server_folder, server_uid, server_flags, server_keywords, attached, body, gone_at) VALUES (3,3,2,1779000180,1,5,'',1,3,1,'',0,0,NULL);
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
CREATE TABLE awaited (
  item INTEGER PRIMARY KEY,
  folder INTEGER NOT NULL,          -- folder.id where it should turn up
  reset INTEGER NOT NULL,           -- 1: UIDVALIDITY changed; then only an unambiguous match will do
  rounds INTEGER NOT NULL           -- complete readings of the folder until it counts as gone
) STRICT;
CREATE INDEX awaited_folder ON awaited (folder);
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
INSERT INTO folder_thread (folder, thread, newest, newest_item, count, unread, flagged, attached) VALUES (1,1,1779000120,2,2,2,0,0);
INSERT INTO folder_thread (folder, thread, newest, newest_item, count, unread, flagged, attached) VALUES (1,2,1779000180,3,1,0,1,0);
CREATE INDEX folder_thread_list ON folder_thread (folder, newest, newest_item);
CREATE INDEX folder_thread_unread ON folder_thread (folder, newest, newest_item) WHERE unread > 0;
CREATE INDEX folder_thread_flagged ON folder_thread (folder, newest, newest_item) WHERE flagged > 0;
CREATE INDEX folder_thread_attached ON folder_thread (folder, newest, newest_item) WHERE attached > 0;
CREATE TABLE message_id (
  hash INTEGER PRIMARY KEY,
  thread INTEGER NOT NULL           -- may be an old one: see thread_alias
) STRICT;
INSERT INTO message_id (hash, thread) VALUES (-7846263397009891651,1);
INSERT INTO message_id (hash, thread) VALUES (3559256595538975461,1);
INSERT INTO message_id (hash, thread) VALUES (5118233561047537817,2);
CREATE TABLE thread_alias (
  thread INTEGER PRIMARY KEY,
  into_thread INTEGER NOT NULL
) STRICT;
CREATE TABLE server_thread (
  thread INTEGER PRIMARY KEY,
  name TEXT NOT NULL
) STRICT;
CREATE TABLE body (
  content INTEGER PRIMARY KEY,      -- content.id
  raw BLOB NOT NULL
) STRICT;
CREATE TABLE rendered (
  id INTEGER PRIMARY KEY,
  content INTEGER NOT NULL,         -- content.id
  prefer TEXT NOT NULL,
  bytes BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX rendered_content ON rendered (content, prefer);
CREATE VIRTUAL TABLE search USING fts5 (
  senders, recipients, cc, subject, body, list, file,
  content = '', columnsize = 0, tokenize = 'ascii'
);
CREATE INDEX content_body ON content (account, received, size, body) WHERE body > 0;
CREATE TABLE emptied (
  folder INTEGER NOT NULL,          -- folder.id
  uid INTEGER NOT NULL,             -- under folder.uidvalidity
  PRIMARY KEY (folder, uid)
) STRICT, WITHOUT ROWID;
CREATE TABLE outline (
  content INTEGER PRIMARY KEY,      -- content.id; its body is 0
  raw BLOB NOT NULL,                -- mime.outline
  absent TEXT NOT NULL              -- the parts left out: lines of "path TAB octets after decoding, about"
) STRICT;
CREATE TABLE part (
  content INTEGER NOT NULL,         -- outline.content
  path TEXT NOT NULL,               -- the section number
  octets INTEGER NOT NULL,
  file TEXT NOT NULL,               -- name under data/raw: the body of the part, still encoded
  PRIMARY KEY (content, path)
) STRICT, WITHOUT ROWID;
CREATE INDEX part_file ON part (file);
PRAGMA user_version = 6;
