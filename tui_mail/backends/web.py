"""One request over https to a host that a message named, with nothing in it that tells who asks.

Owns the bounds: https alone, public addresses alone (``backends.public``), a verified certificate, no cookies, no
referrer, no proxy, caps on time, size and redirects. Must not know why something is fetched. Blocking; for a thread. Loaded
when it is needed: the library behind it is not small.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

from tui_mail.backends.public import Reach, addresses_of
from tui_mail.mime.links import safe_url
from tui_mail.model.errors import CertificateRefused, Refused, Stalled, TuiMailError, Unreachable
from tui_mail.model.words import _

_AGENT = "tui-mail"
_READ = 65_536
_MAX_URL = 8192
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one request may take."""

    seconds: float = 20.0
    octets: int = 65_536
    redirects: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    kind: str
    """The Content-Type without parameters, lower case."""
    body: bytes = field(repr=False)


def fetch(
    url: str,
    *,
    reach: Reach,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    limits: Limits = Limits(),
) -> Answer:
    """GET ``url``, or POST ``body`` to it. Redirects are followed as far as ``limits`` lets, and judged like the first
    address; a POST is never redirected. Raises Refused, Unreachable, Stalled, CertificateRefused.
    """
    deadline = reach.clock() + limits.seconds
    for _hop in range(limits.redirects + 1):
        answer, elsewhere = _one(url, body, headers or {}, limits, reach, deadline)
        if elsewhere is None:
            return answer
        if body is not None or not limits.redirects:
            raise Refused(_("{host} answered with another address, which was not followed.").format(host=_host(url)))
        url = urljoin(url, elsewhere)
    raise Refused(_("{host} leads from one address to the next without end.").format(host=_host(url)))


def _one(
    url: str, body: bytes | None, headers: Mapping[str, str], limits: Limits, reach: Reach, deadline: float
) -> tuple[Answer, str | None]:
    """One request; where it redirects, also the address."""
    host, port, path = _parts(url)
    found = addresses_of(host, port, reach.lookup, reach.allowed)
    connection = _Connection(host, port, found, reach, deadline)
    # A server may send a byte now and then for ever, which no time-out of a socket ends.
    end = threading.Timer(connection.left(), connection.cut)
    end.daemon = True
    end.start()
    try:
        connection.request(
            "GET" if body is None else "POST",
            path,
            body=body,
            headers={"User-Agent": _AGENT, "Accept-Encoding": "identity", "Connection": "close", **headers},
        )
        response = connection.getresponse()
        elsewhere = response.headers.get("Location") if response.status in _REDIRECTS else None
        data = b"" if elsewhere is not None else _body(response, connection, limits, host)
        return Answer(response.status, response.headers.get_content_type(), data), elsewhere
    except TuiMailError:
        raise
    except ssl.SSLCertVerificationError as error:
        raise CertificateRefused(
            _("The certificate of {host} is not trusted ({reason}): nothing was sent.").format(
                host=host, reason=error.verify_message
            )
        ) from error
    except TimeoutError as error:
        raise _silent(host) from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        if connection.late:
            raise _silent(host) from error
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise Unreachable(
            _("{host} cannot be reached ({reason}). Try again later.").format(host=host, reason=reason)
        ) from error
    finally:
        end.cancel()
        connection.close()


class _Connection(http.client.HTTPSConnection):
    """Goes to addresses that were judged already, and gives up at the deadline whatever the other side does."""

    def __init__(self, host: str, port: int, addresses: list[str], reach: Reach, deadline: float) -> None:
        self._verifying = reach.context()
        super().__init__(host, port, context=self._verifying)
        self._addresses = addresses
        self._reach = reach
        self._deadline = deadline

    def connect(self) -> None:
        trouble: OSError = OSError()
        for address in self._addresses:
            try:
                plain = socket.create_connection((address, self.port), timeout=self.left())
                break
            except OSError as error:
                trouble = error
        else:
            raise trouble
        try:
            self.sock = self._verifying.wrap_socket(plain, server_hostname=self.host.strip("[]"))
        except BaseException:
            plain.close()
            raise

    def left(self) -> float:
        """Seconds until the deadline. Raises TimeoutError behind it."""
        left = self._deadline - self._reach.clock()
        if left <= 0:
            raise TimeoutError
        return left

    @property
    def late(self) -> bool:
        """True behind the deadline."""
        return self._deadline - self._reach.clock() <= 0

    def cut(self) -> None:
        """End it, from any thread."""
        if self.sock is not None:
            with contextlib.suppress(OSError):  # it has ended by itself
                self.sock.shutdown(socket.SHUT_RDWR)


def _body(response: http.client.HTTPResponse, connection: _Connection, limits: Limits, host: str) -> bytes:
    """The body, bounded in size and time."""
    data = bytearray()
    while True:
        piece = response.read1(_READ)
        if not piece:
            if connection.left() and response.length:
                raise http.client.IncompleteRead(bytes(data))
            return bytes(data)
        data += piece
        if len(data) > limits.octets:
            raise Refused(_("{host} sends more than is taken from it.").format(host=host))


def _parts(url: str) -> tuple[str, int, str]:
    """Host, port and path with query. Raises Refused for what is no clean https address."""
    clean = safe_url(url) if len(url) <= _MAX_URL else ""
    try:
        split = urlsplit(clean)
        port = split.port or 443
    except ValueError:
        split, port = urlsplit(""), 443
    if split.scheme != "https" or not split.hostname or split.username is not None:
        raise Refused(_("Only https addresses are asked; this one is not: nothing was sent."))
    path = (split.path or "/") + (f"?{split.query}" if split.query else "")
    return split.hostname, port, path


def _host(url: str) -> str:
    return urlsplit(url).hostname or "?"


def _silent(host: str) -> Stalled:
    return Stalled(_("{host} does not answer. Try again later.").format(host=host))
