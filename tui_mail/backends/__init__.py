"""The wire: one folder per protocol, all behind ``backends.protocol.MailBackend``.

Owns talking to servers. Must not know SQLite, the store, or who asks.
"""
