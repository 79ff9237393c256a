"""Messages between the user interface or the command line and the engine, over a private unix socket.

Owns the catalogue of messages, their JSON lines, the socket and its lock. Carries no mail. Must not know what the
messages cause.
"""
