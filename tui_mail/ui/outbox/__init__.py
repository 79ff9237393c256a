"""Messages on their way out, as a person sees them: the outbox, and the word on the status line while one is held.

Owns these words and widgets. Must not know how a message is sent.
"""
