-- Large messages are read without all of their parts.

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
