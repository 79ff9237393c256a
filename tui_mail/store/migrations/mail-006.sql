-- Nobody asks what changed since a revision: a list is read again, which takes less than writing down what left it.

DROP TABLE removed;
DROP INDEX item_rev;
ALTER TABLE item DROP COLUMN rev;
ALTER TABLE folder DROP COLUMN rev;
ALTER TABLE folder_thread DROP COLUMN rev;
ALTER TABLE meta DROP COLUMN removed_rev;
