"""The engine's side of operations, from the journal to what a server answered.

Owns ``folding`` them into mail.db, which need not be sent (``coalesce``) and which may be now (``readiness``), what
came of them (``outcomes``), and the ``ledger`` that keeps the journal and memory in step. Must not know how one is
carried out.
"""
