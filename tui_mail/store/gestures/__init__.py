"""What a person does to messages and folders, in any process, engine or not.

Owns turning a gesture into operations and their inverse, ``messages`` and ``folders``; taking it back, ``undoing``; and
making it durable, ``journal``. Must not know mail.db, nor how an operation is carried out.
"""
