"""The terminal user interface: reads views from the store, writes operations to the journal.

Owns what a person sees. Must not know the engine's inside, backends, sockets of mail servers, or SQL.
"""
