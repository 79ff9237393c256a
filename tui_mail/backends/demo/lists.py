"""Mailing lists: conversations and patch series among members, made from words by a seed.

Reads ``data/lists.toml``. The same on every start.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tui_mail.backends.demo import DEMO_START
from tui_mail.backends.demo.build import text
from tui_mail.backends.demo.letters import DAY, Letter, Person, read_data
from tui_mail.model.flags import Flag


def lists() -> Iterator[Letter]:
    """Every letter of every list; the newest of each are unread."""
    for entry in read_data("lists.toml")["list"]:
        letters = list(_MailingList(entry, random.Random(entry["folder"])).letters())
        newest = sorted(letters, key=lambda letter: -letter.at)[: entry["unread"]]
        unread = {letter.key for letter in newest}
        for letter in letters:
            yield letter if letter.key in unread else replace(letter, flags=Flag.SEEN)


@dataclass(frozen=True, slots=True)
class _MailingList:
    """One list and its dice."""

    entry: Mapping[str, Any]
    draw: random.Random

    def letters(self) -> Iterator[Letter]:
        at = DEMO_START - self.entry["age"] * DAY
        members = [Person(name, address) for name, address in self.entry["members"]]
        for number in range(self.entry["threads"]):
            part = self.draw.choice(self.entry["parts"])
            if number % max(1, self.entry["threads"] // max(1, self.entry["series"])) == 1 and self.entry["series"]:
                yield from self._series(number, int(at), part, members)
            else:
                yield from self._talk(number, int(at), part, members)
            at -= self.draw.uniform(*self.entry["every"]) * DAY

    def _talk(self, number: int, end: int, part: str, members: list[Person]) -> Iterator[Letter]:
        """An opening and its answers; the last one at ``end``."""
        subject = self.entry["tag"] + self.draw.choice(self.entry["titles"]).format(part=part)
        count = self.draw.randrange(self.entry["replies"] + 1)
        moments = [*sorted(end - self.draw.randrange(1, 2 * DAY) for _answer in range(count)), end]
        before: tuple[str, ...] = ()
        said, sayer = "", members[0]
        for place, at in enumerate(moments):
            sender = self.draw.choice([member for member in members if member is not sayer])
            choices = self.entry["replies_text" if place else "openers"]
            spoken = self._words(self.draw.choice(choices), part, sender)
            quote = "\n".join(f"> {line}" for line in said.split("\n")[:3])
            whole = f"{sayer.name} wrote:\n{quote}\n\n{spoken}" if place else spoken
            letter = self._letter(
                f"{number}.{place}", sender, f"Re: {subject}" if place else subject, at, whole, before
            )
            yield letter
            before, said, sayer = (*before, letter.id), spoken, sender

    def _series(self, number: int, at: int, part: str, members: list[Person]) -> Iterator[Letter]:
        """A cover letter, its patches, and sometimes an answer to one of them."""
        author, reviewer = self.draw.sample(members, 2)
        title = self.draw.choice(self.entry["patch_titles"]).format(part=part)
        chosen = self.draw.sample(self.entry["steps"], self.draw.randrange(2, 5))
        steps = sorted(chosen, key=self.entry["steps"].index)
        count, version = len(steps), self.draw.choice(["", " v2", " v3"])
        listed = "\n".join(f"  {part}: {step}" for step in steps)
        cover = self._letter(
            f"{number}.0",
            author,
            f"[PATCH{version} 0/{count}] {title}",
            at - 60,
            f"{self._words(self.draw.choice(self.entry['openers']), part, author)}\n\n{author.name} ({count}):\n{listed}",
            (),
        )
        yield cover
        for place, step in enumerate(steps, 1):
            subject = f"[PATCH{version} {place}/{count}] {part}: {step}"
            patch = self._letter(
                f"{number}.{place}", author, subject, at - 60 + place, self._diff(part, step, author), (cover.id,)
            )
            yield patch
            if self.draw.random() < 0.4:
                spoken = self._words(self.draw.choice(self.entry["replies_text"]), part, reviewer)
                later = min(at + self.draw.randrange(3_600, DAY), DEMO_START - 1_500 - place)
                yield self._letter(
                    f"{number}.{place}r", reviewer, f"Re: {subject}", later, spoken, (cover.id, patch.id)
                )

    def _words(self, spoken: str, part: str, who: Person) -> str:
        numbers = {"n": self.draw.randrange(3, 48), "m": self.draw.randrange(2, 9)}
        return spoken.format(part=part, name=who.name, address=who.address, **numbers)

    def _diff(self, part: str, step: str, author: Person) -> str:
        file, line = f"mm/{part.replace(' ', '_')}.c", self.draw.randrange(40, 900)
        name = part.replace(" ", "_")
        return "\n".join(
            [
                f"{step.capitalize()}, as discussed. No change for anybody who held the lock before.",
                "",
                f"Signed-off-by: {author.name} <{author.address}>",
                "---",
                f" {file} | 5 +++--",
                " 1 file changed, 3 insertions(+), 2 deletions(-)",
                "",
                f"diff --git a/{file} b/{file}",
                f"index {self.draw.randrange(16**7):07x}..{self.draw.randrange(16**7):07x} 100644",
                f"--- a/{file}",
                f"+++ b/{file}",
                f"@@ -{line},7 +{line},8 @@ static int {name}_update(struct {name} *p)",
                " \tif (!p->users)",
                " \t\treturn 0;",
                " ",
                "-\tspin_lock(&p->lock);",
                "-\tp->generation++;",
                "+\tguard(spinlock)(&p->lock);",
                "+\tWRITE_ONCE(p->generation, p->generation + 1);",
                f"+\ttrace_{name}_update(p);",
                f" \treturn {name}_flush(p);",
                " }",
                "-- ",
                "2.43.0",
            ]
        )

    def _letter(self, key: str, sender: Person, subject: str, at: int, spoken: str, before: tuple[str, ...]) -> Letter:
        entry = self.entry
        host = entry["id"]
        return Letter(
            key=f"{entry['folder']}/{key}",
            sender=sender,
            to=[Person("", entry["post"])],
            subject=subject,
            at=at,
            body=text(spoken),
            folder=entry["folder"],
            before=before,
            fields={
                "List-Id": f"<{host}>",
                "List-Post": f"<mailto:{entry['post']}>",
                "List-Unsubscribe": f"<mailto:{entry['post'].replace('@', '-leave@')}>",
                "Precedence": "list",
            },
        )
