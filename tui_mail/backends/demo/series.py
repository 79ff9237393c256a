"""Mail that comes again and again, made from words: notifications, receipts, tickets, junk, newsletters.

Reads ``data/series.toml`` and ``data/newsletters.toml``. The same on every start.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from tui_mail.backends.demo import DEMO_START, PERSON_ADDRESS
from tui_mail.backends.demo.build import Part, message_id, multipart, text
from tui_mail.backends.demo.letters import DAY, Letter, Person, body, day, people, read_data
from tui_mail.model.flags import Flag


def series() -> Iterator[Letter]:
    """Notifications, receipts, tickets, junk, and what Ada sent or left as a draft."""
    for entry in read_data("series.toml")["series"]:
        for number, at, draw in _beats(entry, f"{entry['name']}/{entry['folder']}"):
            words = {name: choices[number % len(choices)] for name, choices in entry["words"].items()}
            to = people()["ada"]
            domain = entry.get("address", PERSON_ADDRESS).rpartition("@")[2]
            before = (message_id(words[entry["thread_on"]], domain),) if "thread_on" in entry else ()
            if "to_people" in entry:
                to = people()[draw.choice(entry["to_people"])]
                words["to"] = to.name.partition(" ")[0]
            words |= {"day": day(at + 3 * DAY), "n": str(number)}
            words |= {name: value.format_map(words) for name, value in words.items() if "{" in value}
            attached = {}
            if "attach" in entry:
                attached = {"attach": [_filled(entry["attach"], words)]}
            yield _letter(
                entry,
                number,
                at,
                entry["subject"].format_map(words),
                body(entry["text"].format_map(words), {"style": "hard", **entry, **attached}),
                to,
                before,
            )


def newsletters() -> Iterator[Letter]:
    """Newsletters as companies send them."""
    data = read_data("newsletters.toml")
    for entry in data["newsletter"]:
        titles = entry.get("titles", data["words"]["titles"])
        leads = entry.get("leads", data["words"]["leads"])
        for number, at, draw in _beats(entry, entry["name"]):
            chosen = draw.sample(titles, entry["stories"])
            stories = [(title, draw.choice(leads)) for title in chosen]
            words = {
                "one": chosen[0],
                "two": chosen[1],
                "day": day(at),
                "month": f"{datetime.fromtimestamp(at, UTC):%B}",
            }
            domain = entry["address"].rpartition("@")[2]
            page = _page(entry, entry["preheader"].format_map(words), stories, number)
            plain = f"This letter is best read in a browser: https://{domain}/letters/{number}\n"
            part = multipart("alternative", [text(plain), text(page, "html")])
            unsubscribe = {
                "List-Id": f"{entry['name'].replace('&', 'and')} <letters.{domain}>",
                "List-Unsubscribe": f"<https://{domain}/leave/{number}>, <mailto:leave@{domain}?subject=leave>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
                "Precedence": "bulk",
            }
            merged = {**entry, "fields": unsubscribe}
            yield _letter(merged, number, at, entry["subject"].format_map(words), part, people()["ada"])


def _beats(entry: Mapping[str, Any], seed: str) -> Iterator[tuple[int, int, random.Random]]:
    """Number (the newest is 0), moment, and the dice of each message of a series."""
    draw = random.Random(seed)
    at = DEMO_START - entry["age"] * DAY
    for number in range(entry["count"]):
        hour = at % DAY // 3600
        shift = 8 if hour < 8 else -8 if hour >= 20 else 0
        # The newest stays where its age puts it, or it would stand in the future.
        yield number, int(at) + (shift * 3600 if number and entry.get("awake") else 0), draw
        at -= draw.uniform(*entry["every"]) * DAY


def _letter(
    entry: Mapping[str, Any], number: int, at: int, subject: str, part: Part, to: Person, before: tuple[str, ...] = ()
) -> Letter:
    own = "person" in entry
    sender = people()[entry["person"]] if own else Person(entry["name"], entry["address"])
    seen = Flag.NONE if number < entry["unread"] else Flag.SEEN
    if entry["folder"] == "Drafts":
        seen |= Flag.DRAFT
    fields = dict(entry.get("fields", {}))
    if "unsubscribe" in entry:
        fields["List-Unsubscribe"] = f"<{entry['unsubscribe']}>"
    return Letter(
        key=f"{sender.address}/{entry['folder']}/{number}",
        sender=sender,
        to=[to if own else Person("Ada Lovelace" if number % 3 else "", PERSON_ADDRESS)],
        subject=subject,
        at=at,
        body=part,
        folder="INBOX" if number < entry.get("inbox", 0) else entry["folder"],
        flags=seen,
        before=before,
        auth=entry.get("auth", "pass"),
        fields=fields,
    )


def _filled(spec: Mapping[str, Any], words: Mapping[str, str]) -> dict[str, Any]:
    filled: dict[str, Any] = dict(spec)
    filled |= {name: spec[name].format_map(words) for name in ("name", "title")}
    filled["lines"] = [line.format_map(words) for line in spec["lines"]]
    return filled


def _page(entry: Mapping[str, Any], preheader: str, stories: list[tuple[str, str]], number: int) -> str:
    """HTML as newsletter programs write it: tables in tables, a hidden preheader, a pixel that counts readers."""
    domain, colour = entry["address"].rpartition("@")[2], entry["colour"]
    rows = "\n".join(
        f"""<tr><td style="padding:16px 24px" width="96"><img src="https://img.{domain}/{number}/{place}.jpg" width="96"
height="96" alt=""></td><td style="padding:16px 24px"><table role="presentation" width="100%"><tr><td>
<h2 style="margin:0;color:{colour}">{title}</h2></td></tr><tr><td><p>{lead}</p>
<p><a href="https://click.{domain}/r/{number}-{place}?u=ada">Read on</a></p></td></tr></table></td></tr>"""
        for place, (title, lead) in enumerate(stories)
    )
    return f"""<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>{entry["name"]}</title>
<style>body{{margin:0;background:#eee}} .pre{{display:none!important}} a{{color:{colour}}}</style></head><body>
<div class="pre" style="display:none;font-size:1px;max-height:0;overflow:hidden">{preheader}{"&nbsp;&zwnj;" * 30}</div>
<table role="presentation" width="100%" bgcolor="#eeeeee"><tr><td align="center">
<table role="presentation" width="600" bgcolor="#ffffff">
<tr><td colspan="2" style="padding:24px;background:{colour};color:#fff"><h1>{entry["name"]}</h1></td></tr>
{rows}
<tr><td colspan="2" style="padding:24px;font-size:12px;color:#888">You get this letter because you asked for it.
<a href="https://{domain}/leave/{number}">Unsubscribe</a> · <a href="https://{domain}/letters/{number}">In the browser</a>
</td></tr></table></td></tr></table>
<img src="https://open.{domain}/p.gif?u=ada&amp;n={number}" width="1" height="1" alt="">
</body></html>"""
