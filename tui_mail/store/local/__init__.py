"""Local mail, of which keep.db is the server: nobody else has it.

Owns its folders and items (``mail``, over ``rows``), what of POP3 mailboxes is here (``popmail``), and questions about
all that from any process (``view``). Must not know a connection, nor mail.db, which mirrors what stands here.
"""
