"""Both SQLite files and the raw bytes beside them.

Owns every SQL statement of the program. Must not know sockets, servers or widgets. Two faces and the rooms behind them,
each of which opens with what lives in it; imports go downwards in this list:

- ``sending``: drafts, the outbox, and the engine's side of it.
- ``gestures``: what a person does to messages and folders, undoing it, and the journal that makes it durable.
- ``reader``: the face for reading, in any process. ``writer``: the engine's face, the only writer of mail.db.
- ``reading``: lists, searches, conversations, single messages, with what is not folded yet laid over them.
- ``operations``: what the engine does with the journal. ``upkeep``: backup, restore, examination, throwing away.
- ``mirror``: what servers have, in mail.db: messages, conversations, bodies, folders. ``local``: mail only keep.db has.
- ``tables``: rows of both files, as several rooms use them.
- ``disk``: the databases as files, SQLite, raw bytes.

``schema.sql`` describes every table; ``migrations`` lead there.
"""
