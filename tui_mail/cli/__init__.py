"""The command line: a file for each family of commands (``families`` lists them), the only place that wires user interface
and engine together.

Imports lazily, so that ``--version`` and ``--help`` load neither Textual nor SQLite.
"""
