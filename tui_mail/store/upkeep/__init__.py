"""What keeps the store safe and small.

Owns ``backup`` and ``restore`` of what exists only here, a look for damage (``examine``), and throwing away:
``eviction`` of bodies that can be fetched again, ``housekeeping`` for everything else. ``renaming`` gives an account
another name. Must not know who asked for it.
"""
