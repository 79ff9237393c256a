"""A page of HTML laid out as text.

Owns the way from the document's tree to lines: what is seen (``sheet``), lines and their marks (``flow``), tables
(``tables``), the walk that drives them (``walk``). Must not know messages.
"""
