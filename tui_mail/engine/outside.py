"""What a person asks to be done about one message that needs the network beside the account's own servers.

Owns the checking of signatures, the leaving of lists and the fetching of pictures; nothing of it happens by itself. Must
not know sockets nor names (``backends.web``, ``backends.records`` do), nor who asks.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tui_mail.backends.public import Reach
from tui_mail.backends.records import txt_record
from tui_mail.config.accounts import Account, Kind
from tui_mail.engine.core import Core
from tui_mail.engine.lanes import Urgency
from tui_mail.engine.pictures import fetch_pictures
from tui_mail.link.messages import CheckSignature, Pictures, Request, Unsubscribe, WaysOut
from tui_mail.mime import authres
from tui_mail.mime.dkim import Resolver, Signature, verify
from tui_mail.mime.findings import MailingList
from tui_mail.mime.headers import first
from tui_mail.mime.links import host
from tui_mail.mime.lists import ONE_CLICK, list_key, mailing_list, ways_out
from tui_mail.mime.signatures import as_table
from tui_mail.mime.structure import Message, parse
from tui_mail.mime.trust import domain
from tui_mail.mime.webpage import pictures_of
from tui_mail.model.errors import Gone, NotFound, Refused, UsageError
from tui_mail.model.ids import ItemId
from tui_mail.model.mail import Item, Role
from tui_mail.model.words import _

log = logging.getLogger(__name__)

_COVERED = frozenset({"list-unsubscribe", "list-unsubscribe-post"})
"""Fields that a signature has to cover (RFC 8058, 4)."""


@dataclass(frozen=True, slots=True)
class Outside:
    """The network as these see it; tests have their own."""

    reach: Reach = field(default_factory=Reach)
    resolve: Resolver = txt_record


def _nowhere(_host: str, _port: int) -> list[str]:
    raise Refused(_("This is the practice mailbox: nothing of it leaves this machine."))


def _no_record(_name: str) -> bytes | None:
    raise OSError("the practice mailbox has no network")


def outside_of(account: Account | None) -> Outside:
    """The network for an account; the practice mailbox has none."""
    practice = account is not None and account.kind is Kind.DEMO
    return Outside(Reach(lookup=_nowhere), _no_record) if practice else Outside()


class OfMessage:
    """Answers such requests. ``bring`` sees to it that the body of an item is here; ``account`` finds that of an item."""

    def __init__(
        self,
        core: Core,
        *,
        bring: Callable[[ItemId], Awaitable[None]],
        account: Callable[[Item], Account | None],
        outside: Outside | None = None,
    ) -> None:
        self._core = core
        self._given = outside
        self._bring = bring
        self._account = account

    def _outside(self, item: Item) -> Outside:
        return self._given or outside_of(self._account(item))

    def _believed(self, item: Item) -> str:
        """The server whose verdicts on senders count."""
        account = self._account(item)
        return "" if account is None else account.authserv_id

    async def answer(self, request: Request) -> dict[str, Any]:
        """Done.result. Raises TuiMailError."""
        match request:
            case CheckSignature():
                item, raw = await self._raw(request.item)
                return {"signatures": [as_table(one) for one in await self._signatures(item, raw)]}
            case WaysOut():
                return await self._ways(request)
            case Unsubscribe():
                return await self._leave(request)
            case Pictures():
                return await self._pictures(request)
            case _:
                raise UsageError(_("The engine does not know this request."))

    async def _raw(self, number: int) -> tuple[Item, bytes]:
        """The item and its octets, brought here where they are not."""
        await self._bring(ItemId(number))
        items, raw = await self._core.read(lambda reader: (reader.items((ItemId(number),)), reader.raw(ItemId(number))))
        if not items:
            raise NotFound(_("There is no message {number}.").format(number=number))
        if raw is None:
            raise Gone(_("The message is not here."))
        return items[0], raw

    # Signatures

    async def _signatures(self, item: Item, raw: bytes) -> tuple[Signature, ...]:
        sender = domain(item.from_[0]) if len(item.from_) == 1 else ""
        return await asyncio.to_thread(verify, raw, self._outside(item).resolve, sender)

    # Leaving lists

    async def _ways(self, request: WaysOut) -> dict[str, Any]:
        item, raw = await self._raw(request.item)
        message, found = _list_of(raw)
        await self._refuse_junk(item)
        signed, covered = await self._signed(item, raw, message, found)
        ways = [asdict(way) for way in ways_out(found, signed, covered)]
        return {"list": list_key(found, _sender(item)), "ways": ways}

    async def _leave(self, request: Unsubscribe) -> dict[str, Any]:
        """The way that was confirmed has to be one that the message really offers, judged once more."""
        item, raw = await self._raw(request.item)
        message, found = _list_of(raw)
        await self._refuse_junk(item)
        signed, covered = await self._signed(item, raw, message, found)
        offered = [way.target for way in ways_out(found, signed, covered) if way.kind == "one-click"]
        if request.target not in offered:
            raise Refused(_("This message does not offer to leave its list that way: nothing was sent."))
        from tui_mail.backends.web import fetch

        where = host(request.target)
        answer = await asyncio.to_thread(
            fetch,
            request.target,
            body=ONE_CLICK.encode("ascii"),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            reach=self._outside(item).reach,
        )
        if not 200 <= answer.status < 300:
            raise Refused(
                _("{host} did not take it (answer {status}): try its page, or write to the list.").format(
                    host=where, status=answer.status
                )
            )
        log.info("%s: a list was left by one click", item.account)
        name = list_key(found, _sender(item))
        await self._core.write(Urgency.PERSON, lambda writer: writer.left_list(item.account, name, "one-click", where))
        return {"list": name, "host": where, "status": answer.status}

    async def _refuse_junk(self, item: Item) -> None:
        folder = await self._core.read(lambda reader: reader.folder(item.folder))
        if folder is not None and folder.role is Role.JUNK:
            raise Refused(
                _("This message lies in junk: to answer it would only tell its sender that somebody reads it.")
            )

    async def _signed(
        self, item: Item, raw: bytes, message: Message, found: MailingList
    ) -> tuple[str, frozenset[str] | None]:
        """Whether a good signature stands behind the List fields: as the account's own server says, else checked here."""
        if not found.one_click or not any(url.startswith("https:") for url in found.unsubscribe):
            return "", None
        verdict = authres.choose(authres.read(message.fields), self._believed(item))
        if verdict is not None and verdict.dkim == "pass" and _covers(message):
            return "pass", None
        for one in await self._signatures(item, raw):
            if one.result == "pass" and one.covered >= _COVERED:
                return "pass", one.covered
        return "", None

    # Pictures

    async def _pictures(self, request: Pictures) -> dict[str, Any]:
        item, raw = await self._raw(request.item)
        urls = await self._core.render(Urgency.PERSON, lambda worker: pictures_of(raw, worker))
        hosts = list(dict.fromkeys(host(url) for url in urls))
        result: dict[str, Any] = {"hosts": hosts, "count": len(urls), "saved": [], "trouble": []}
        if request.folder:
            fetched = await fetch_pictures(urls, Path(request.folder), self._outside(item).reach)
            result |= {"saved": [str(path) for path in fetched.saved], "trouble": list(fetched.trouble)}
        return result


def _list_of(raw: bytes) -> tuple[Message, MailingList]:
    message = parse(raw)
    found = mailing_list(message.fields)
    if found is None or not found.unsubscribe:
        raise NotFound(_("This message does not say how its list can be left."))
    return message, found


def _sender(item: Item) -> str:
    return item.from_[0].address if item.from_ else ""


def _covers(message: Message) -> bool:
    """True when some signature claims to cover the fields; the receiving server found one good, which one is not said."""
    from tui_mail.mime.headers import every

    for value in every(message.fields, "dkim-signature")[:5]:
        tags = "".join(value.decode("latin-1").lower().split()).split(";")
        names = next((tag[2:].split(":") for tag in tags if tag.startswith("h=")), [])
        if set(names) >= _COVERED:
            return True
    return not first(message.fields, "dkim-signature")  # some servers take it away once it was checked
