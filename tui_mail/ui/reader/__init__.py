"""The reading pane: one message, wrapped lazily, drawn line by line.

Owns how a message is laid out and painted. Must not know where messages come from, nor which key does what: it is told
what to show and posts messages for what it needs.
"""
