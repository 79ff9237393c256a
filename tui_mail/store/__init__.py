"""Both SQLite files and the raw bytes beside them.

Owns every SQL statement of the program. Must not know sockets, servers or widgets. Where to look:

- Reading, in any process: ``reader`` is the face. Behind it ``folderview``, ``itemview``, ``localview``; ``query``,
  ``listview``, ``lists``, ``conversations``, ``search``, ``searchrow`` for lists; ``acquaintance``, ``notes``, ``revisions``;
  ``readfiles`` holds the files, ``overlay`` lays what is not folded yet over all of it.
- What a person does, in any process: ``gestures``, ``foldergestures``, ``undoing`` turn it into operations, ``journal`` writes
  them; ``drafts`` (``draftrows``, ``editors``) and ``outbox`` (``outboxrows``, ``sendstate``) hold what is written and sent.
- What the engine does: ``writer`` is the face. New mail: ``pages``, ``arrival``, ``arrivals``, ``contents``, ``threads``,
  ``bodies``, ``outlines``, ``results``. Operations: ``folding``, ``effect``, ``copying``, ``placing``, ``coalesce``,
  ``readiness``, ``ledger``, ``outcomes``, ``emptied``. Folders: ``folders``, ``folderlist``. Sending: ``delivery``.
  Idle minutes: ``housekeeping``, ``eviction``. ``changes`` counts along, ``drawn`` has numbers ready, ``alerts`` and
  ``leaving`` keep what is to be said again.
- Local mail: ``localmail``, ``localrows``, ``popmail``; safety: ``backup``, ``restore``, ``examine``.
- The files themselves: ``files``, ``keepdb``, ``maildb``, ``sqlite``, ``wal``; ``rawfiles``, ``keepnames``; ``rows`` and
  ``packing`` for what stands in columns. ``schema.sql`` describes every table.
"""
