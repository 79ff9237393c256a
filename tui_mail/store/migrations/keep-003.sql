-- What servers want a person to read.

CREATE TABLE alert (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account TEXT NOT NULL,
  text TEXT NOT NULL,               -- as the server sent it
  said INTEGER NOT NULL,            -- when it was said last
  read INTEGER NOT NULL             -- 1: a person has seen it
) STRICT;
