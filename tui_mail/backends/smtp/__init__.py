"""SMTP submission (RFC 6409): the way to a server that takes mail.

Owns the protocol by way of aiosmtplib. Must not know the store nor where secrets are kept.
"""
