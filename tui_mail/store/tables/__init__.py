"""Rows, as several rooms read and write them: the columns, what stands in them, and the counting along.

Owns the hold on each file: ``keepdb`` with ``packing`` and ``keepnames``, and ``maildb`` with ``rows`` and ``changes``.
Rows of keep.db that persons and the engine share: ``draftrows``, ``outboxrows``, ``sendstate``, and what is to be said
again, ``alerts`` and ``leaving``. Must not know why something is written.
"""
