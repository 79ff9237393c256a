"""What happens over time: synchronisation, push, carrying out operations, rendering ahead, the life of the process.

Owns the only writer of mail.db and every backend. Must not know widgets.
"""
