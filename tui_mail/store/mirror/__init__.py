"""What servers have, in mail.db: written by the engine alone, and all of it can be fetched again.

Owns messages as they come: ``pages``, ``arrival``, ``arrivals``, ``contents``, ``threads``, ``searchrow``, with numbers
``drawn`` beforehand and places that are ``emptied``; their ``bodies``, or ``outlines`` of large ones; ``folders`` and
the server's ``folderlist``. What operations do to an item is ``effect``, ``placing`` and ``copying``. ``results`` are
plain values for whoever calls. Must not know what is sent to a server, nor when any of this is asked for.
"""
