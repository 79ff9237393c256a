"""Bytes to characters by the charset a message names, or by what its bytes say where that name is wrong.

Owns the list of codecs that mail may name. Must not know headers or parts. Never raises.
"""

from __future__ import annotations

import re

# Python finds rot13, zlib and hex among its codecs too: only what stands here is ever looked up.
_CODECS = {
    "utf8": "utf-8", "unicode11utf8": "utf-8", "utf8mb4": "utf-8",
    "utf7": "utf-7", "unicode11utf7": "utf-7",
    "utf16": "utf-16", "utf16le": "utf-16-le", "utf16be": "utf-16-be", "utf32": "utf-32",
    "usascii": "cp1252", "ascii": "cp1252", "ansix341968": "cp1252", "iso646us": "cp1252", "646": "cp1252",
    "iso88591": "cp1252", "latin1": "cp1252", "l1": "cp1252", "iso885911987": "cp1252", "cp819": "cp1252",
    "windows1252": "cp1252", "cp1252": "cp1252", "ansi": "cp1252", "xansi": "cp1252",
    "iso88592": "iso8859-2", "latin2": "iso8859-2", "iso88593": "iso8859-3", "iso88594": "iso8859-4",
    "iso88595": "iso8859-5", "iso88596": "iso8859-6", "iso88597": "iso8859-7", "iso88598": "iso8859-8",
    "iso88598i": "iso8859-8", "iso88598e": "iso8859-8", "iso88599": "cp1254", "latin5": "cp1254",
    "iso885910": "iso8859-10", "iso885911": "cp874", "iso885913": "iso8859-13", "iso885914": "iso8859-14",
    "iso885915": "iso8859-15", "latin9": "iso8859-15", "iso885916": "iso8859-16",
    "windows1250": "cp1250", "cp1250": "cp1250", "windows1251": "cp1251", "cp1251": "cp1251",
    "windows1253": "cp1253", "windows1254": "cp1254", "windows1255": "cp1255", "windows1256": "cp1256",
    "windows1257": "cp1257", "windows1258": "cp1258", "windows874": "cp874", "cp874": "cp874", "tis620": "cp874",
    "csshiftjis": "cp932", "cseuckr": "cp949", "csiso2022jp": "iso2022-jp-ext", "csgb2312": "gb18030", "cskoi8r": "koi8-r",
    "win1251": "cp1251", "xcp1250": "cp1250", "xcp1251": "cp1251", "xcp1252": "cp1252", "isolatin1": "cp1252",
    "koi8r": "koi8-r", "koi8u": "koi8-u", "koi8ru": "koi8-u", "koi8t": "koi8-t", "ptcp154": "ptcp154",
    "ibm437": "cp437", "cp437": "cp437", "ibm850": "cp850", "cp850": "cp850", "ibm852": "cp852", "cp852": "cp852",
    "ibm855": "cp855", "ibm858": "cp858", "ibm866": "cp866", "cp866": "cp866", "ibm862": "cp862",
    "macintosh": "mac-roman", "macroman": "mac-roman", "xmacroman": "mac-roman", "xmaccyrillic": "mac-cyrillic",
    "xmaccentraleurroman": "mac-latin2",
    "gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "xgbk": "gb18030", "cp936": "gb18030",
    "euccn": "gb18030", "windows936": "gb18030", "hzgb2312": "hz", "hz": "hz",
    "big5": "cp950", "big5tw": "cp950", "csbig5": "cp950", "cp950": "cp950", "xxbig5": "cp950", "big5hkscs": "big5hkscs", "windows950": "cp950",
    "shiftjis": "cp932", "sjis": "cp932", "xsjis": "cp932", "windows31j": "cp932", "cp932": "cp932", "mskanji": "cp932",
    "eucjp": "euc-jp", "xeucjp": "euc-jp", "iso2022jp": "iso2022-jp-ext", "iso2022jp1": "iso2022-jp-1",
    "iso2022jp2": "iso2022-jp-2", "iso2022jp2004": "iso2022-jp-2004", "iso2022jp3": "iso2022-jp-3",
    "iso2022jpms": "iso2022-jp-ext", "cp50220": "iso2022-jp-ext", "cp50221": "iso2022-jp-ext",
    "euckr": "cp949", "ksc56011987": "cp949", "ksc5601": "cp949", "cp949": "cp949", "uhc": "cp949",
    "windows949": "cp949", "iso2022kr": "iso2022-kr", "johab": "johab",
}  # fmt: skip
# What hides more than ASCII behind seven-bit bytes, so that a look at the bytes says nothing.
_STATEFUL = frozenset({"utf-7", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "hz", "iso2022-kr"})
# Two-byte characters that are sometimes valid UTF-8 by accident: here the name counts before the bytes.
_DOUBLE = frozenset({"gb18030", "cp950", "big5hkscs", "cp932", "euc-jp", "cp949", "johab"})
_ESCAPED = re.compile(rb"\x1b(\([BJI]|\$[B@])")
_NOISE = re.compile(r"[^a-z0-9]")
_SURROGATES = re.compile("[\ud800-\udfff]+")


def codec(name: str) -> str:
    """The Python codec for a charset name of the wire, empty when the name is none that mail may use."""
    plain = _NOISE.sub("", name[:64].lower())
    return _CODECS.get(plain) or _CODECS.get(plain.removeprefix("charset").removesuffix("charset"), "")


def decode(data: bytes, charset: str = "") -> str:
    """The characters of ``data``: as UTF-8 if it is valid, else as ``charset`` says, else as Windows-1252.

    A charset that is not told from ASCII or UTF-8 by its bytes comes first. No lone surrogate is ever in the answer.
    """
    name = codec(charset) if charset else ""
    if name.startswith("utf-16") or name == "utf-32":
        name = _wide(data, name)
    elif not data.isascii() or b"\0" in data[:64]:
        name = _unlabelled_wide(data) or name
    if name in _STATEFUL or name.startswith("iso2022") or (name in _DOUBLE and not data.isascii()):
        if name.startswith("utf-16"):
            data = data[: len(data) // 2 * 2]  # half a character at the end: a line break that somebody else put there
        try:
            return _SURROGATES.sub("\ufffd", data.decode(name))
        except (UnicodeError, ValueError):
            pass  # the bytes are not what their label says: go on by looking at them
        if name.startswith("iso2022-jp") and b"\x1b" in data and (text := _microsoft_japanese(data)):
            return text
    if data.isascii():
        return data.decode("ascii")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass  # eight-bit text in some other charset
    if name == "utf-8" and _mostly_utf8(data):
        return data.decode("utf-8", "replace")
    if name.startswith("iso2022"):
        name = _eight_bit_sibling(data, name)
    if not name or name == "utf-8":
        name = "cp1252"
    try:
        return _SURROGATES.sub("\ufffd", data.decode(name, "replace"))
    except (UnicodeError, ValueError):
        return data.decode("cp1252", "replace")


def _wide(data: bytes, name: str) -> str:
    """``name`` unless the bytes are UTF-8 all the same: text of two or four octets a letter nearly always holds a NUL."""
    if b"\0" in data or data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return name
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return name
    return ""


def _unlabelled_wide(data: bytes) -> str:
    """UTF-16 that does not say so: every other octet of its beginning is NUL."""
    head = data[:200]
    if len(head) < 4 or b"\0" not in head:
        return ""
    if head[1::2].count(0) * 10 > len(head) * 4 and not head[::2].count(0):
        return "utf-16-le"
    return "utf-16-be" if head[::2].count(0) * 10 > len(head) * 4 and not head[1::2].count(0) else ""


def _eight_bit_sibling(data: bytes, name: str) -> str:
    """The charset of the same language for text that has the eighth bit, where the one it names has none."""
    for candidate in ("cp949",) if name == "iso2022-kr" else ("cp932", "euc-jp"):
        try:
            data.decode(candidate)
        except UnicodeDecodeError:
            continue
        return candidate
    return name


def _microsoft_japanese(data: bytes) -> str:
    """ISO-2022-JP with the letters that Windows adds to it, by way of Shift_JIS; empty when it is not that either."""
    pieces: list[bytes] = []
    shift = b"(B"
    for number, piece in enumerate(_ESCAPED.split(data)):
        if number % 2:
            shift = piece
        elif shift in {b"$B", b"$@"}:
            pieces += [_shifted(*pair) for pair in zip(piece[::2], piece[1::2], strict=False)]
        else:
            pieces.append(bytes(octet | 0x80 for octet in piece) if shift == b"(I" else piece)
    try:
        return b"".join(pieces).decode("cp932")
    except UnicodeDecodeError:
        return ""


def _shifted(row: int, cell: int) -> bytes:
    """Two octets of JIS X 0208 as Shift_JIS has them."""
    first = (row + 1) // 2 + (0x70 if row < 0x5F else 0xB0)
    second = cell + (0x1F if cell < 0x60 else 0x20) if row % 2 else cell + 0x7E
    return bytes((first & 0xFF, second & 0xFF))


def _mostly_utf8(data: bytes) -> bool:
    """True when what is wrong with text labelled UTF-8 is little: cut off or damaged rather than mislabelled."""
    text = data.decode("utf-8", "replace")
    return text.count("\ufffd") * 2 <= len(text) - len(text.encode("ascii", "ignore"))
