"""The command line: one file per command, the only place that wires user interface and engine together.

Imports lazily, so that ``--version`` and ``--help`` load neither Textual nor SQLite.
"""
