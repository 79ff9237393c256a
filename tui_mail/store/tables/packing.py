"""Numbers and references of items as the journal keeps them: small and quick for ten thousand at once.

Owns the byte layout. Must not know what the numbers mean.
"""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Iterable, Sequence

from tui_mail.model.ids import FolderId, ItemId
from tui_mail.model.mail import ItemRef

_GROUP = struct.Struct("<qqI")
_FINGERPRINT = 16


def pack_numbers(numbers: Iterable[int]) -> bytes:
    """Eight octets each, little-endian."""
    packed = array("q", numbers)
    if sys.byteorder == "big":
        packed.byteswap()
    return packed.tobytes()


def unpack_numbers(data: bytes) -> array[int]:
    """What ``pack_numbers`` packed."""
    numbers = array("q")
    numbers.frombytes(data)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def pack_refs(refs: Sequence[ItemRef]) -> bytes:
    """Runs of references in one folder: head (folder, uidvalidity, count), item numbers, UIDs, fingerprints.

    Order is kept.
    """
    pieces: list[bytes] = []
    start = 0
    while start < len(refs):
        folder, uidvalidity = refs[start].folder, refs[start].uidvalidity
        end = start + 1
        while end < len(refs) and refs[end].folder == folder and refs[end].uidvalidity == uidvalidity:
            end += 1
        run = refs[start:end]
        pieces.append(_GROUP.pack(folder, uidvalidity, len(run)))
        pieces.append(pack_numbers(ref.item for ref in run))
        pieces.append(pack_numbers(ref.uid for ref in run))
        pieces.append(b"".join(ref.fingerprint.ljust(_FINGERPRINT, b"\0") for ref in run))
        start = end
    return b"".join(pieces)


def unpack_refs(data: bytes) -> tuple[ItemRef, ...]:
    """What ``pack_refs`` packed."""
    refs: list[ItemRef] = []
    at = 0
    while at < len(data):
        folder, uidvalidity, count = _GROUP.unpack_from(data, at)
        at += _GROUP.size
        items = unpack_numbers(data[at : at + 8 * count])
        at += 8 * count
        uids = unpack_numbers(data[at : at + 8 * count])
        at += 8 * count
        for item, uid in zip(items, uids, strict=True):
            refs.append(ItemRef(ItemId(item), FolderId(folder), uidvalidity, uid, data[at : at + _FINGERPRINT]))
            at += _FINGERPRINT
    return tuple(refs)
