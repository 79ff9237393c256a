"""``python -m tui_mail``: the command line."""

from tui_mail.cli.main import entry

if __name__ == "__main__":
    entry()
