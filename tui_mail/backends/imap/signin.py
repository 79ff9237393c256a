"""Sign in, and learn what the server can do.

Owns the choice of mechanism (PLAIN, XOAUTH2, else LOGIN), the reading of a refusal, and ``Profile``: capabilities and
quirks as data. Must not know where the secret is kept.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tui_mail.backends import xoauth2
from tui_mail.backends.imap.connect import open_session
from tui_mail.backends.imap.failures import CommandFailed, not_understood, sentence, temporary
from tui_mail.backends.imap.quirks import UNKNOWN, Quirks, identify
from tui_mail.backends.imap.session import Session
from tui_mail.backends.imap.syntax import astring
from tui_mail.backends.imap.tokens import Malformed, Record, parse
from tui_mail.backends.imap.transport import Timeouts
from tui_mail.backends.secret import SecretSource, Token
from tui_mail.backends.words import plain
from tui_mail.config.servers import Server, is_loopback
from tui_mail.model.errors import Refused, SignInRefused
from tui_mail.model.words import _


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of a server once signed in; extensions that its quirks forbid are left out of ``caps``."""

    name: str
    caps: frozenset[str]
    quirks: Quirks

    def has(self, extension: str) -> bool:
        return extension in self.caps


def sign_in(
    server: Server,
    user: str,
    secret: SecretSource,
    timeouts: Timeouts,
    on_alert: Callable[[str], None] | None = None,
    on_line: Callable[[str], None] | None = None,
    *,
    compress: bool | None = None,
    without: frozenset[str] = frozenset(),
    before: Profile | None = None,
    enabled: frozenset[str] = frozenset(),
) -> tuple[Session, Profile]:
    """A session ready for mail. ``compress``: where the server can; None: unless it is this machine. ``without``:
    extensions not to be used. ``before``: what was learnt of this server over another connection, and what it has ``enabled`` there.

    Raises SignInRefused, Unreachable and its kinds, Throttled, ConfigError.
    """
    value = secret()
    session, greeting = open_session(server, timeouts, on_alert, on_line)
    try:
        session.forbid(without)
        if not session.caps:
            session.run(b"CAPABILITY")
        offered = session.caps
        session.caps = frozenset()
        _authenticate(session, offered, user, value)
        if not session.caps or not any(word.startswith("IMAP4") for word in session.caps):
            session.run(b"CAPABILITY")
        profile = _profile(session, greeting, before, enabled)
        if not is_loopback(server.host) if compress is None else compress:
            if before is None and profile.quirks.depth > 1:
                session.may_compress = True  # behind the list of folders, which is what comes first
            else:
                session.compress()
        return session, profile
    except CommandFailed as failed:
        session.transport.close()
        raise temporary(session.host, failed) or Refused(
            _("{host} refused to go on after the sign-in: {words}").format(host=session.host, words=sentence(failed))
        ) from failed
    except BaseException:
        session.transport.close()
        raise


def _authenticate(session: Session, caps: frozenset[str], user: str, secret: str) -> None:
    # The capabilities that count for literals are those of now, until the server says others.
    at_once = frozenset(word for word in caps if word.startswith("LITERAL"))
    session.caps = at_once
    try:
        if isinstance(secret, Token):
            _sasl(session, caps, b"XOAUTH2", xoauth2.response(user, secret))
        elif "AUTH=PLAIN" in caps:
            _sasl(session, caps, b"PLAIN", f"\0{user}\0{secret}")
        elif "LOGINDISABLED" in caps:
            raise SignInRefused(
                _("{host} offers no way to sign in with a password. It may want a token (OAuth).").format(
                    host=session.host
                )
            )
        else:
            session.run(b"LOGIN", astring(user), astring(secret), secret=True)
    except CommandFailed as failed:
        raise _refused(session.host, user, failed) from failed
    if session.caps == at_once:
        session.caps = frozenset()


def _sasl(session: Session, caps: frozenset[str], mechanism: bytes, initial: str) -> None:
    """One-step SASL (RFC 4959 saves the round trip); a second challenge is an error report, answered with nothing."""
    response = base64.b64encode(initial.encode("utf-8"))
    if "SASL-IR" in caps:
        tag = session.start(b"AUTHENTICATE", mechanism, response, secret=True)
    else:
        tag = session.start(b"AUTHENTICATE", mechanism, secret=True)
        session.await_continuation(tag)
        session.send_line(response)
    challenge = session.await_end_or_challenge(tag)
    if challenge is not None:
        session.send_line(b"")
        if session.await_end_or_challenge(tag) is not None:
            raise not_understood(session.host)
    try:
        session.finish(tag)
    except CommandFailed as failed:
        raise CommandFailed(failed.status, failed.code, xoauth2.explained(challenge, failed.text)) from failed


def _refused(host: str, user: str, failed: CommandFailed) -> Exception:
    if later := temporary(host, failed):
        return later
    return SignInRefused(
        _("{host} refused the sign-in of {user}. Check the user name and the password. It says: {words}").format(
            host=host, user=user, words=sentence(failed)
        )
    )


def _profile(session: Session, greeting: str, before: Profile | None, enabled: frozenset[str]) -> Profile:
    """What is known of the server. The answers to ID and ENABLE are waited for only where something depends on them:
    how a server that nothing else names has to be treated, and where commands must not be sent ahead.
    """
    quirks = identify(greeting, session.caps, "")
    session.forbid(quirks.without if before is None else before.quirks.without)
    known = before if before is not None and before.caps == session.caps else None
    tags = []
    if "ID" in session.caps or quirks.wants_id:
        tags.append(session.start(b"ID", b'("name" "tui-mail")'))
    for extension in ("QRESYNC", "CONDSTORE"):  # the first implies the second
        if "ENABLE" in session.caps and extension in session.caps:
            tags.append(session.start(b"ENABLE " + extension.encode("ascii")))
            break
    if known is not None:
        session.enabled = enabled  # it will be so again; a server of which it is not true refuses what builds on it
    if (known or quirks is not UNKNOWN) and quirks.depth > 1:
        for tag in tags:
            session.let_pass(tag)
        return known or Profile(quirks.name, session.caps, quirks)
    name = _told_name(session, tags) or greeting
    if quirks is UNKNOWN:
        quirks = identify(greeting, session.caps, name)
        session.forbid(quirks.without)
    return known or Profile(quirks.name or name or session.host, session.caps, quirks)


def _told_name(session: Session, tags: Sequence[bytes]) -> str:
    """What the server answers to ID, when ``tags`` have ended."""
    name = ""
    for tag in tags:
        try:
            answer = session.finish(tag)
        except CommandFailed:
            continue  # neither is needed: SELECT (CONDSTORE) enables too, and QRESYNC is only ever the quicker way
        for response in answer.of_kind(b"ID"):
            name = _server_name(response.rest()) or name
    return name


def _server_name(text: bytes) -> str:
    """Name and version of an ID answer (RFC 2971)."""
    try:
        tokens = parse(Record((text,)))
        fields = tokens[0] if tokens else None
        if not isinstance(fields, list):
            return ""
        words = dict(zip(fields[::2], fields[1::2], strict=False))
        found = [words.get(key) for key in (b"name", b"version")]
    except (Malformed, TypeError):
        return ""
    return plain(b" ".join(word for word in found if isinstance(word, bytes)), 80)
