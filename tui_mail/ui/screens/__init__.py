"""Screens of the user interface."""
