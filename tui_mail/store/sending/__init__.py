"""Messages of one's own, from the first word to the server's answer.

Owns ``drafts`` and who has one open (``editors``); the ``outbox`` as a person uses it, and ``delivery``, which is the
engine's side of it. Must not know a server.
"""
