"""What every layer agrees on: ids, dataclasses, errors, the clock, the gettext marker.

Owns the vocabulary. Must not know any other layer, nor anything outside the standard library.
"""
