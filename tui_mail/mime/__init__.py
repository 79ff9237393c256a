"""Bytes to message and back: header fields, structure, rendering to text, building. Pure.

Never raises on any bytes; bounded in depth, parts and time. Must not know where bytes come from or go.
"""
