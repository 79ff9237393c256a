"""Mail of which this machine is the server: local folders behind the protocol of backends, and what POP3 brings into
them.
"""
