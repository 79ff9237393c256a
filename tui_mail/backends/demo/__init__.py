"""The practice mailbox behind the backend protocol: believable mail from a seed, no network.

Owns the corpus and a small mail server kept in files. Must not know the store.
"""
