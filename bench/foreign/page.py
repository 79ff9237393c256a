"""docs/reading-foreign-mail.md: what a run found, with everything one needs to find it again."""

from __future__ import annotations

import time
from collections import Counter

from bench import machine
from bench.foreign.agree import GROUPS, NORMALISED
from bench.foreign.asking import OURS, Reader
from bench.foreign.deliberate import CHOICES
from bench.foreign.gather import DEBIAN, NPM, SUITES
from bench.foreign.tally import KINDS, Tally
from tui_mail import __version__

_AIM = 99.9
_AIMED = ("header fields", "body text", "attachment names")

HEADING = """# Reading foreign mail

Written by `make compare` (`python -m bench.foreign`); do not edit. It fetches mail that is not ours, has it read by
tui-mail and by {count} other parsers, and compares field by field. `make compare DIR=…` does the same with other messages
(files, mbox files, Maildirs) and leaves this page as it is. No message is kept in the repository.

**The aim: {aim} % of header fields, bodies and attachment names as the best parsers read them. Found: {found} %** as they
read them to the letter, **{meant} %** with what is deliberate, which is counted and explained below.

- date: {date}
- machine: {machine}
- tui-mail {version}, beside {versions}
- {messages:,} messages, {octets:,} octets, no two the same; {years}
- {failures}
- processor time for all that is done with a message (taken apart, indexed, laid out for the reader): median {median:.1f} ms,
  one in a thousand over {tail:.1f} ms, the slowest {slowest:.1f} ms ({octets_of:,} octets, `{where}`)
- most memory: {memory}
"""

METHOD = """
## How it is counted

A field counts where at least one parser finds something in it. It is *as the others* when tui-mail says what more than
half of the others say, or what two of them say ({against:,} of them against a majority). It is *otherwise* when the others
have a majority and tui-mail is with neither it nor two of them; what is so on purpose is *deliberate* and has its reason
below. Where the others have no majority and no two of them say what tui-mail says, *they disagree*, and where none of them
can read it at all, *alone*: neither is in the percentage. The list of every difference, with what each parser says, is
written to `build/foreign/differences.txt`.

The other parsers share little: GMime is C, `email` is Python, mailparser is JavaScript; the two of Perl have
transfer encodings and charsets in common, but neither structure nor addresses. What is put aside before two readings are
compared, and nothing else:

{normalised}"""

RISKS = """
## What it does not say

Where all parsers are wrong in the same way, this counts as right. Most messages are in English and old: the archives of a
mailing list and the corpus of a spam filter; of newer ones test suites have many, broken on purpose, which makes the numbers
worse than those of a usual mailbox.
How an mbox file is split is not compared. Texts are compared as decoded, before HTML is laid out and before what may not
reach a terminal is taken out. Names are compared as a message says them; what a file is called on disk is another matter.
"""


def page(tally: Tally, readers: list[Reader], versions: dict[str, str], missing: list[str]) -> str:
    """The whole page."""
    total: Counter[str] = Counter()
    for group, counts in tally.groups().items():
        if group in _AIMED:
            total.update(counts)
    ranked = sorted(tally.seconds, reverse=True) or [(0.0, "", 0)]
    slowest, where, octets = ranked[0]
    text = HEADING.format(
        count=len(readers) - 1, aim=_AIM, found=_percent(total, "agree"), meant=_percent(total, "agree", "deliberate"),
        date=time.strftime("%Y-%m-%d", time.gmtime()), machine=machine.about({}, 0.0)["machine"], version=__version__,
        versions=", ".join(f"{name} {said}" for name, said in versions.items() if said),
        messages=tally.corpora.total(), octets=tally.octets, years=_years(tally.years), failures=_failures(readers), slowest=slowest * 1000,
        octets_of=octets, where=where, tail=ranked[len(ranked) // 1000][0] * 1000, median=ranked[len(ranked) // 2][0] * 1000,
        memory=", ".join(f"{reader.name} {reader.peak() / 1e6:.0f} MB" for reader in readers),
    )  # fmt: skip
    text += f"\n## Result\n\n{_table(tally.groups(), total)}"
    text += f"\nThe last row: {', '.join(_AIMED)}.\n"
    by_field = {name: Counter({kind: tally.fields[name, kind] for kind in KINDS}) for name in GROUPS}
    text += f"\nBy field:\n\n{_table(by_field, None)}"
    text += "\n## Deliberate\n\n| | fields | why |\n| --- | --: | --- |\n"
    text += "".join(f"| {one.name} | {tally.choices[one.name]:,} | {one.reason} |\n" for one in CHOICES)
    text += "\n## Otherwise\n\n"
    text += "".join(f"- {name}: `{message}`\n" for name, message in tally.otherwise) or "Nothing.\n"
    text += METHOD.format(against=tally.against, normalised=NORMALISED)
    return text + RISKS + _sources(tally, missing)


def _table(rows: dict[str, Counter[str]], total: Counter[str] | None) -> str:
    """Counts and percentages."""
    text = "| | fields | as the others | deliberate | otherwise | as the others, % | with deliberate, % | they disagree | alone |\n"
    text += "| --- " + "| --: " * 8 + "|\n"
    for name, counts in [*rows.items(), *([("**what the aim names**", total)] if total is not None else [])]:
        settled = counts["agree"] + counts["deliberate"] + counts["differ"]
        cells = [
            f"{settled:,}", *(f"{counts[kind]:,}" for kind in ("agree", "deliberate", "differ")),
            _percent(counts, "agree"), _percent(counts, "agree", "deliberate"), f"{counts['unsettled']:,}", f"{counts['alone']:,}",
        ]  # fmt: skip
        text += f"| {name} | {' | '.join(cells)} |\n"
    return text


def _percent(counts: Counter[str], *kinds: str) -> str:
    """Cut, not rounded: nothing is called 100 that is not."""
    settled = counts["agree"] + counts["deliberate"] + counts["differ"]
    return f"{sum(counts[kind] for kind in kinds) * 100_000 // settled / 1000:.3f}" if settled else ""


def _years(years: list[int]) -> str:
    """What time the messages are of."""
    if not years:
        return "none is dated"
    ranked = sorted(years)
    part = len(ranked) // 20
    return (
        f"half of {ranked[5 * part]} to {ranked[-5 * part - 1]}, nine in ten of {ranked[part]} to {ranked[-part - 1]}"
    )


def _failures(readers: list[Reader]) -> str:
    """What broke whom."""
    said = [f"{reader.name} {len(reader.failures)}" for reader in readers if reader.name != OURS and reader.failures]
    ours = next(len(reader.failures) for reader in readers if reader.name == OURS)
    return f"messages that a parser failed on: tui-mail {ours}{''.join(f', {one}' for one in said)}"


def _sources(tally: Tally, missing: list[str]) -> str:
    """Where the messages are from."""
    text = f"""
## The messages

From {len(DEBIAN)} source packages of Debian ({" or ".join(SUITES)}), fetched by `python -m bench.foreign.gather` into
`build/foreign/mail`, and from {", ".join(f"`{name}`" for name in NPM.values())} of npm. A message that is in several
counts once, where it is found first.

| from | messages |
| --- | --: |
"""
    text += "".join(f"| {name} | {count:,} |\n" for name, count in tally.corpora.most_common())
    return text + (f"\nNot to be had when this was written: {', '.join(missing)}.\n" if missing else "")
