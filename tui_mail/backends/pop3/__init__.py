"""POP3 (RFC 1939): the way to a server that hands mail over, and may forget it.

``session.Pop3Session`` is the connection, ``identity`` decides which of a server's messages are known. Owns the
protocol. Must not know the store, nor what is to be deleted, nor where secrets are kept.
"""
