"""tui-mail: a terminal mail client over a local SQLite store.

The folders are the layers; docs/architecture.md draws them. Importing this package loads nothing else.
"""

__version__ = "0.1.0"
