"""IMAP4rev1 (RFC 3501, 9051) behind the backend protocol, from the socket up.

Owns every byte sent to an IMAP server. Must not know the store.
"""
