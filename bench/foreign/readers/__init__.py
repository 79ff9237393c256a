"""The parsers that are asked, each a process of its own that cannot bring down the others.

The protocol: a line with a number of octets, then that many octets of a message; the answer is one line of JSON:

``subject``, ``message-id``: text · ``from``, ``to``, ``cc``: lists of [name, address], members of groups among them ·
``date``: seconds UTC or null · ``references``: ids · ``leaves``: every leaf part in order, none inside a message inside,
each ``{"type", "name", "octets": base64, "text"}`` · ``plain``: what the message says, by those that have no leaves.

What a reader has no opinion on it leaves out, or it is null.
"""
