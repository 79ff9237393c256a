"""The message list: a vector of ids, a window of rows, and a widget that costs per screen line only.

Owns what a list shows and how the cursor moves. Must not know the store beyond the reads of ``ui.data``.
"""
