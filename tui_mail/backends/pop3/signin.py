"""Sign in once: by a token (XOAUTH2), by SASL PLAIN, else by USER and PASS.

Owns the choice of mechanism and the reading of a refusal. A secret waits until the server asks for it, and goes out on
no connection that ``connect`` would not give it to. Must not know where the secret is kept.
"""

from __future__ import annotations

import base64
import re
from dataclasses import replace

from tui_mail.backends import xoauth2
from tui_mail.backends.pop3.capabilities import Capabilities
from tui_mail.backends.pop3.replies import Reply, sign_in_refused
from tui_mail.backends.pop3.talk import Talk
from tui_mail.backends.secret import Token
from tui_mail.model.errors import Refused, SignInRefused
from tui_mail.model.words import _

_FORBIDDEN = re.compile("[\0\1\r\n\ud800-\udfff]")
"""What ends a line or a field of a mechanism, and what is no character."""


async def sign_in(talk: Talk, user: str, secret: str) -> Capabilities:
    """What the server can do once signed in. Raises SignInRefused, Throttled, Refused, Unreachable and its kinds."""
    if _FORBIDDEN.search(user) or _FORBIDDEN.search(secret):
        raise Refused(_("The user name or the password holds a character that no server takes. Enter it anew."))
    before = await talk.capabilities()
    if before.has("UTF8"):
        # Without it a server hands over a rewritten copy of mail with headers in UTF-8 (RFC 6856); it may refuse.
        await talk.ask(b"UTF8")
    reply = await _authenticate(talk, before, user, secret)
    if not reply.ok:
        raise sign_in_refused(talk.host, user, reply, before)
    after = await talk.capabilities()
    return after if after.known else before


async def _authenticate(talk: Talk, capabilities: Capabilities, user: str, secret: str) -> Reply:
    """One mechanism and one attempt: a second with the same password only brings a lock nearer."""
    if isinstance(secret, Token):
        if "XOAUTH2" not in capabilities.mechanisms:
            raise SignInRefused(
                _("{host} takes no token (OAuth) for POP3. Check the server, or use a password.").format(host=talk.host)
            )
        return await _sasl(talk, b"XOAUTH2", xoauth2.response(user, secret))
    if "PLAIN" in capabilities.mechanisms:
        return await _sasl(talk, b"PLAIN", f"\0{user}\0{secret}")
    if capabilities.mechanisms and not capabilities.has("USER"):
        raise SignInRefused(
            _("{host} offers no way to sign in with a password. It may want a token (OAuth).").format(host=talk.host)
        )
    reply = await talk.ask(b"USER " + user.encode())
    return await talk.ask(b"PASS " + secret.encode()) if reply.ok else reply


async def _sasl(talk: Talk, mechanism: bytes, response: str) -> Reply:
    """One step (RFC 5034). Not sent with the command: a token is longer than a command may be."""
    await talk.say(b"AUTH " + mechanism)
    asked = await talk.challenge()
    if isinstance(asked, Reply):
        if asked.ok:  # who lets somebody in without a secret is not who holds the mail
            raise talk.nonsense()
        return asked
    await talk.say(base64.b64encode(response.encode()))
    verdict = await talk.challenge()
    if isinstance(verdict, Reply):
        return verdict
    await talk.say(b"")  # a second challenge is an error report, answered with nothing
    last = await talk.challenge()
    if not isinstance(last, Reply) or last.ok:
        raise talk.nonsense()
    return replace(last, text=xoauth2.explained(verdict, last.text))
