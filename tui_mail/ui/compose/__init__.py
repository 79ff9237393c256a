"""Writing messages: the composer, its fields and text, attaching, the editor, the review before sending.

Owns what a person sees of a message until it is queued. Must not know how it becomes octets or how it is sent.
"""
