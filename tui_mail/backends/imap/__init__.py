"""IMAP4rev1 (RFC 3501, 9051) behind the backend protocol: a wire layer of our own under imapclient.

Owns every byte sent to an IMAP server. Must not know the store.
"""
