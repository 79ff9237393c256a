"""Measures tui-mail beside its peers: one command, one machine, one run.

Owns the mailboxes, the terminals and the table. Runs the programs as a person would start them; must not import what it
measures, except to build a store too large to download.
"""
