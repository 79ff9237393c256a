"""Configuration: paths, settings, accounts, themes, keymaps, and the registry of actions by name and help.

Owns every file under config/ and the shape of state/settings.toml. Must not know secrets' values, storage or widgets.
"""
