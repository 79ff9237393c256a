"""The files under all of it: how they are opened, created, migrated, and what a disk can do.

Owns ``files`` (the two databases as files), ``sqlite`` (opening one, transactions, its errors in our words), ``wal``
(whether a disk can hold them) and ``rawfiles`` (bytes under data/raw). Must not know a table, nor anything else of the
store.
"""
