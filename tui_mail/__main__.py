"""``python -m tui_mail``: the command line."""

import sys

from tui_mail.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
