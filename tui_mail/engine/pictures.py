"""The pictures of a message that lie on other machines, fetched once, because the person said so.

Owns the caps and what counts as a picture. Must not know hosts and addresses: ``backends.web`` judges those.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tui_mail.backends.public import Reach
from tui_mail.mime.filenames import safe_name, write_unique
from tui_mail.mime.links import host
from tui_mail.model.errors import Refused, TuiMailError
from tui_mail.model.words import _, ngettext

MOST: Final = 40
_TOGETHER: Final = 4
_SECONDS: Final = 45.0
_ONE_SECONDS: Final = 15.0
_ONE_OCTETS: Final = 5_000_000
_REDIRECTS: Final = 3
_ALL_OCTETS: Final = 30_000_000
_BEGINS: Final = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
)
"""A picture is what begins like one, whatever its server calls it; SVG can run things and is none."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """Files that were written, and a sentence for each host that gave something else."""

    saved: tuple[Path, ...]
    trouble: tuple[str, ...]


async def fetch_pictures(urls: Sequence[str], folder: Path, reach: Reach) -> Fetched:
    """Fetch the first ``MOST`` of ``urls`` into ``folder``, under new names, mode 0600."""
    gate = asyncio.Semaphore(_TOGETHER)
    left = _ALL_OCTETS
    saved: dict[int, Path] = {}
    trouble: dict[str, None] = {}

    async def one(number: int, url: str) -> None:
        nonlocal left
        async with gate:
            if left <= 0:
                return
            try:
                data = await asyncio.to_thread(_get, url, reach)
                left -= len(data)
                saved[number] = await asyncio.to_thread(_save, folder, number, url, data)
            except TuiMailError as error:
                trouble[error.text] = None
            except OSError as error:
                reason = error.strerror or str(error)
                trouble[_("{folder} takes no file: {reason}.").format(folder=folder, reason=reason)] = None

    try:
        async with asyncio.timeout(_SECONDS):
            await asyncio.gather(*(one(number, url) for number, url in enumerate(urls[:MOST], start=1)))
    except TimeoutError:
        trouble[_("Not all images came in time.")] = None
    if left <= 0 or len(urls) > MOST:
        count = len(urls) - len(saved)
        trouble[
            ngettext("{n} image too many was left out.", "{n} images too many were left out.", count).format(n=count)
        ] = None
    return Fetched(tuple(saved[number] for number in sorted(saved)), tuple(trouble))


def _get(url: str, reach: Reach) -> bytes:
    from tui_mail.backends.web import Limits, fetch

    answer = fetch(
        url,
        headers={"Accept": "image/png, image/jpeg, image/gif, image/webp"},
        limits=Limits(_ONE_SECONDS, _ONE_OCTETS, _REDIRECTS),
        reach=reach,
    )
    if answer.status != 200:
        raise Refused(
            _("{host} does not give the image (answer {status}).").format(host=host(url), status=answer.status)
        )
    if not ending(answer.body):
        raise Refused(_("{host} gave something that is no image; it was not kept.").format(host=host(url)))
    return answer.body


def ending(data: bytes) -> str:
    """``png``, ``jpg``, ``gif`` or ``webp``; empty for anything else."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    return next((name for start, name in _BEGINS if data.startswith(start)), "")


def _save(folder: Path, number: int, url: str, data: bytes) -> Path:
    stem = url.partition("?")[0].partition("#")[0].rstrip("/").rpartition("/")[2].rpartition(".")[0]
    return write_unique(folder, safe_name(f"{number:02} {stem[:60]}".strip()) + f".{ending(data)}", data)
