"""One visit to a POP3 mailbox: what is new comes here, and what may go is deleted there.

Owns the order that loses nothing: a message is a synced file and a committed row before the server is told to delete
it, and is told only where what is here is certainly what is there. Nobody trusts the answer to QUIT: the next list
tells what is gone. Must not know when it runs, nor how folders are shown.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import BinaryIO

from tui_mail.backends.pop3.fetch import MAX_MESSAGE
from tui_mail.backends.pop3.identity import Identities, Known, header_fingerprint
from tui_mail.backends.pop3.listing import Listed, Listing
from tui_mail.backends.pop3.outcomes import Update
from tui_mail.backends.pop3.session import Pop3Session
from tui_mail.engine.local.landed import Batches, Landed
from tui_mail.engine.local.rules import Rule
from tui_mail.model.clock import Clock
from tui_mail.model.errors import Gone, Refused, Throttled, TuiMailError
from tui_mail.model.ids import AccountName
from tui_mail.model.remote import Collected
from tui_mail.model.words import _
from tui_mail.store.disk.rawfiles import Landing
from tui_mail.store.disk.sqlite import translated
from tui_mail.store.local.mail import LocalMail
from tui_mail.store.local.popmail import PopMail, PopMessage
from tui_mail.store.local.rows import LocalFolder

log = logging.getLogger(__name__)

_FORGET = 86_400
"""Seconds for which a message is known that the server lacks all of a sudden: lists may be wrong for once."""
_WANTED_MOST = 4 * MAX_MESSAGE
"""Octets of a message that somebody asked for."""


@dataclass(slots=True)
class _Look:
    """What is there, and what of it is here."""

    listing: Listing
    identities: Identities
    known: dict[int, PopMessage]
    """By number in the store."""
    held: dict[int, int]
    """Number at the server to number in the store."""
    unsure: set[int]
    """Of these, numbers at the server that rest on little."""
    listed: dict[int, Listed] = field(default_factory=dict)
    lost: dict[str, PopMessage] = field(default_factory=dict)
    """What is known and was not found in the list, by the name of its file."""


class Collector:
    """Used for one visit: ``await Collector(…).run()`` on a session that was opened for it."""

    def __init__(
        self,
        session: Pop3Session,
        local: LocalMail,
        pop: PopMail,
        inbox: LocalFolder,
        account: AccountName,
        rule: Rule,
        clock: Clock,
        progress: Callable[[int, int], None],
    ) -> None:
        self._session = session
        self._local = local
        self._pop = pop
        self._rule = rule
        self._clock = clock
        self._progress = progress
        self._account = account
        self._batches = Batches(local, pop, inbox, account, clock)
        self._new = 0
        self._done = 0
        self._total = 0
        self._troubles: dict[str, None] = {}
        self._later: Throttled | None = None
        """The server wants no more questions for now."""

    async def run(self) -> Collected:
        """The whole visit, QUIT included. Raises what the session and the store raise."""
        with translated(self._local.keep.path.parent):
            look = await self._look()
            try:
                await self._rest(look)
                await self._fetch(look)
                await self._batches.flush()
                if self._later is not None:
                    raise self._later
                deleted = await self._delete(look)
            except TuiMailError:
                await self._save()
                raise
            finally:
                await self._batches.close()
        ended = await self._session.quit()
        if ended.update is not Update.CONFIRMED:
            log.warning("%s: the session ended with %s: %s", self._account, ended.update.value, ended.words)
        return Collected(
            new=self._new,
            deleted=deleted,
            left=len(look.listing.messages) - deleted,
            pause=float(self._session.capabilities.login_delay or 0),
            troubles=tuple(self._troubles),
        )

    async def _save(self) -> None:
        """The connection ended: what had come whole stays. An error of the disk, raised before, is the one that counts."""
        try:
            await self._batches.flush()
        except TuiMailError as error:
            log.info("%s: what had come was not stored: %s", self._account, error.text)

    # -- what is there

    async def _look(self) -> _Look:
        listing = await self._session.listing()
        rows = await asyncio.to_thread(self._pop.messages)
        known = [Known(row.id, row.uidl, row.size, row.header, row.sure) for row in rows]
        identities = await self._session.recognise(known, listing)
        look = _Look(
            listing,
            identities,
            {row.id: row for row in rows},
            dict(identities.held),
            set(identities.unsure),
            {each.number: each for each in listing.messages},
        )
        found = set(look.held.values())
        look.lost = {row.raw: row for row in rows if row.whole and row.id not in found}
        now = int(self._clock.now())
        lacking = [look.known[key] for key in identities.gone]
        over = [row.id for row in lacking if row.asked or (row.missing is not None and now - row.missing >= _FORGET)]
        await asyncio.to_thread(
            self._pop.note,
            now,
            there=[key for key in look.held.values() if look.known[key].missing is not None],
            missing=[row.id for row in lacking if row.missing is None],
            changed={key: (one.uidl, one.size, one.sure) for key, one in identities.changed.items()},
            gone=over,
        )
        return look

    # -- what is new

    async def _fetch(self, look: _Look) -> None:
        new = [look.listed[number] for number in look.identities.new]
        large = [each for each in new if self._is_large(each.size)]
        whole = [each for each in new if not self._is_large(each.size)]
        self._total = len(new)
        if new:
            self._progress(0, self._total)
        await self._retrieve(look, whole)
        if large and self._later is None:
            await self._heads(look, large)

    def _is_large(self, size: int) -> bool:
        limit = self._rule.largest or MAX_MESSAGE
        return size > min(limit, MAX_MESSAGE) and self._session.capabilities.may("TOP")

    async def _retrieve(self, look: _Look, wanted: Sequence[Listed]) -> None:
        """Take the messages that come whole. One that comes shorter than announced, and the same a second time, is all
        that the server has of it.
        """
        short = await self._some(look, wanted, {})
        again = await self._some(look, [look.listed[number] for number in short], short)
        if again:
            log.warning("%s: %d messages came shorter than announced", self._account, len(again))
            text = _("{account}: a message came cut short; it is fetched again at the next check.")
            self._troubles[text.format(account=self._account)] = None

    async def _some(self, look: _Look, wanted: Sequence[Listed], before: dict[int, str]) -> dict[int, str]:
        """Retrieve; what came shorter than announced, and not as ``before``, is left, and said as what it came."""
        landings: dict[int, Landing] = {}
        short: dict[int, str] = {}

        def sink(number: int) -> BinaryIO:
            landings[number] = self._local.raw.landing()
            return landings[number]

        try:
            async with aclosing(self._session.retrieve_many(self._numbers(wanted), sink)) as answers:  # type: ignore[type-var]  # an asynchronous generator
                async for got in answers:
                    landing = landings.pop(got.number, None)
                    if got.error is not None or landing is None:
                        if landing is not None:
                            landing.discard()
                        self._not_given(got.error)
                        continue
                    each = look.listed[got.number]
                    if look.listing.sizes_agree and got.octets < got.announced:
                        if before.get(got.number) != landing.digest:
                            short[got.number] = landing.digest
                            landing.discard()
                            continue
                        look.unsure.add(got.number)
                    await self._take(look, each, landing)
        finally:
            for landing in landings.values():
                landing.discard()
        return short

    def _numbers(self, wanted: Iterable[Listed]) -> Iterable[int]:
        """Ends when the server wants no more questions."""
        for each in wanted:
            if self._later is not None:
                return
            yield each.number

    async def _take(self, look: _Look, each: Listed, landing: Landing) -> None:
        """A message came whole: it is stored, unless it is one that is here already."""
        landing.close()
        doubtful = each.number in look.identities.doubtful or each.number in look.identities.nameless
        known = look.lost.pop(landing.digest, None) if doubtful else None
        if known is not None:
            landing.discard()
            look.held[each.number] = known.id
            changed = {known.id: (each.uidl, each.size, True)}
            await asyncio.to_thread(self._pop.note, int(self._clock.now()), changed=changed, there=[known.id])
        else:
            await self._batches.add(Landed(each, landing, sure=each.number not in look.unsure))
            self._new += 1
        self._step()

    async def _heads(self, look: _Look, large: Sequence[Listed]) -> None:
        """Of messages that are too large, the header alone."""
        async with aclosing(self._session.tops(self._numbers(large))) as answers:  # type: ignore[type-var]  # see above
            async for top in answers:
                if top.error is not None:
                    self._not_given(top.error)
                    continue
                landing = self._local.raw.landing()
                landing.whole(top.raw)
                landing.close()
                await self._batches.add(Landed(look.listed[top.number], landing, whole=False))
                self._new += 1
                self._step()

    def _step(self) -> None:
        self._done += 1
        self._progress(self._done, self._total)

    def _not_given(self, error: TuiMailError | None) -> None:
        if isinstance(error, Throttled):
            self._later = error
        elif error is not None and not isinstance(error, Gone):
            log.warning("%s: a message is refused: %s", self._account, error.text)
            self._troubles[f"{self._account}: {error.text}"] = None

    # -- the rest of what is here in part

    async def _rest(self, look: _Look) -> None:
        for number, key in list(look.held.items()):
            known = look.known[key]
            if not known.whole and (known.wanted or not self._is_large(known.size)):
                await self._complete(look, number, known)

    async def _complete(self, look: _Look, number: int, known: PopMessage) -> None:
        """Fetch one whole; where that does not work out, the person may ask again."""
        landing = self._local.raw.landing()
        try:
            octets = await self._session.retrieve(number, landing, _WANTED_MOST)
            head = header_fingerprint(bytes(landing.head))
            if look.listing.sizes_agree and octets < look.listing.sizes[number]:
                raise _cut_short(self._session.host)
            if number in look.unsure and head != known.header:
                raise _another()
            landing.close()
            await asyncio.to_thread(self._local.raw.settle, [landing])
            await asyncio.to_thread(self._pop.complete, known.id, landing.digest, octets, head)
        except (Gone, Refused, Throttled) as error:
            await asyncio.to_thread(self._pop.want, known.id, wanted=False)
            self._not_given(error)
        finally:
            landing.discard()

    # -- what may go

    async def _delete(self, look: _Look) -> int:
        """Have deleted what may go; how many."""
        if self._rule.leave == "always":
            return 0
        held = look.held | self._batches.stored
        messages = {each.id: each for each in await asyncio.to_thread(self._pop.messages)}
        standings = await asyncio.to_thread(self._pop.standings)
        now = int(self._clock.now())
        wanted = {
            number: messages[key]
            for number, key in held.items()
            if key in messages and self._rule.deletes(messages[key], standings.get(key), now)
        }
        doubtful = {number for number, message in wanted.items() if number in look.unsure or not message.sure}
        for number in sorted(doubtful):
            if not await self._is_the_same(look, number, wanted[number]):
                del wanted[number]
        if not wanted:
            return 0
        if not look.listing.consistent:
            log.warning("%s: the server contradicts itself about what it has; nothing is deleted there", self._account)
            return 0
        await asyncio.to_thread(self._pop.note, now, asked=[message.id for message in wanted.values()])
        refused = await self._session.delete(sorted(wanted))
        for error in refused.values():
            log.warning("%s: not deleted: %s", self._account, error.text)
        return len(wanted) - len(refused)

    async def _is_the_same(self, look: _Look, number: int, known: PopMessage) -> bool:
        """Compare octets. What turns out to be another message than it was taken for comes here as that."""
        if not known.whole:
            return False
        landing = self._local.raw.landing()
        try:
            octets = await self._session.retrieve(number, landing)
            landing.close()
            if landing.digest != known.raw:
                # In this order: after a crash in between it is new.
                await asyncio.to_thread(self._pop.note, int(self._clock.now()), gone=[known.id])
                await self._batches.add(Landed(look.listed[number], landing))
                await self._batches.flush()
                self._new += 1
                return False
            if look.listing.sizes_agree and octets < look.listing.sizes[number]:
                return False
        except (Gone, Refused, Throttled) as error:
            log.info("%s: not compared: %s", self._account, error.text)
            return False
        finally:
            landing.discard()
        await asyncio.to_thread(self._pop.note, int(self._clock.now()), sure=[known.id])
        return True


def _cut_short(host: str) -> Refused:
    return Refused(_("{host} handed over only a part of the message. Try again later.").format(host=host))


def _another() -> Refused:
    return Refused(_("What the server has under this name is another message now."))
