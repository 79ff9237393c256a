"""``python -m bench.foreign [DIR …]``: read foreign mail beside five other parsers, and count how often we read the same.

Without a directory it fetches the mail first (``bench.foreign.gather``) and writes docs/reading-foreign-mail.md.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from bench.foreign import gather, page
from bench.foreign.asking import COMMANDS, OURS, Reader, install_missing, version
from bench.foreign.found import messages
from bench.foreign.tally import Tally

PAGE = gather.ROOT / "docs" / "reading-foreign-mail.md"
LISTING = gather.WORK / "differences.txt"
_OFTEN = 1000


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.foreign", description=__doc__)
    parser.add_argument("directories", nargs="*", type=Path, metavar="DIR", help="messages, mbox files or Maildirs")
    directories = parser.parse_args().directories
    install_missing()
    versions = {name: version(name) for name in COMMANDS if name != OURS}
    lacking = [name for name, said in versions.items() if not said]
    if len(versions) - len(lacking) < 3:
        raise SystemExit(f"Too few parsers to compare with. Not to be had here: {', '.join(lacking)}.")
    missing: list[str] = []
    if not directories:
        missing = gather.gather()
        directories = [gather.MAIL]
    LISTING.parent.mkdir(parents=True, exist_ok=True)
    readers = [Reader(name) for name in COMMANDS if name not in lacking]
    with LISTING.open("w", encoding="utf-8") as listing:
        tally = Tally(listing)
        try:
            for number, message in enumerate(messages(directories), start=1):
                for reader in readers:
                    reader.ask(message.raw)
                tally.add(message, {reader.name: reader.answer(message.where) for reader in readers})
                if not number % _OFTEN:
                    print(f"{number:,} messages")
            text = page.page(tally, readers, versions, missing)
        finally:
            for reader in readers:
                reader.stop()
    print(text)
    print(f"Every difference: {LISTING}")
    if directories == [gather.MAIL]:
        PAGE.write_text(text, encoding="utf-8")
        print(f"Written to {PAGE}")


if __name__ == "__main__":
    main()
