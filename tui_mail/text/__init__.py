"""Strings on their way to a screen: safe text, cell width, dates, sizes, fuzzy matching, the search language.

Owns the one place where text from outside becomes ``SafeText``. Of rich it uses ``rich.cells`` alone. Must not know
configuration, mail structure, storage or widgets.
"""
