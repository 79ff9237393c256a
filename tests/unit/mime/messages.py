"""Messages for tests, whole and broken."""

from __future__ import annotations

from hypothesis import strategies as st

HEAD = b"From: Grace <grace@example.org>\r\nSubject: x\r\nMIME-Version: 1.0\r\n"

PIECES = [
    b"From: a@b.c\r\n", b"Subject: =?utf-8?q?x?=\r\n", b"\r\n", b"\n", b"\r", b"Content-Type: multipart/mixed; boundary=b\r\n",
    b"Content-Type: multipart/alternative; boundary=bb\r\n", b'Content-Type: multipart/related; boundary=b; start="<r>"\r\n',
    b"Content-Type: text/plain; charset=utf-8; format=flowed\r\n", b"Content-Type: text/html\r\n", b"Content-Type: message/rfc822\r\n",
    b"Content-Type: multipart/digest; boundary=b\r\n", b"Content-Type: multipart/signed; boundary=b\r\n", b"Content-Type: ;;\r\n",
    b"Content-Transfer-Encoding: base64\r\n", b"Content-Transfer-Encoding: quoted-printable\r\n",
    b"Content-Transfer-Encoding: x-uuencode\r\n", b'Content-Disposition: attachment; filename="a.txt"\r\n', b"Content-ID: <r>\r\n",
    b"--b\r\n", b"--b--\r\n", b"--bb\r\n", b"--bb--\r\n", b"\r\n--b\r\n\r\n", b"text \r\n", b"=C3=A9=\r\n", b"aGVsbG8=\r\n", b"> quoted\r\n",
    b"<p style='display:none'>x</p><a href=\"https://x.y\">z</a>", b"<!--", b"<![", b"\x1b[2J", b"\xff\xfe\x00", b"https://x.y/z ",
]  # fmt: skip

broken = st.one_of(
    st.binary(max_size=200),
    st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=12)), max_size=40).map(b"".join),
    st.lists(st.sampled_from(PIECES), max_size=40).map(lambda pieces: HEAD + b"".join(pieces)),
)


def multipart(kind: str, *parts: bytes, boundary: str = "frontier", rest: str = "") -> bytes:
    """An entity of that kind; each part begins with its header fields."""
    line = f"--{boundary}\r\n".encode()
    body = b"".join(line + part + b"\r\n" for part in parts)
    return (
        f'Content-Type: multipart/{kind}; boundary="{boundary}"{rest}\r\n\r\n'.encode()
        + body
        + f"--{boundary}--\r\n".encode()
    )


def text(content: str, kind: str = "plain", rest: str = "") -> bytes:
    """A text part."""
    return f"Content-Type: text/{kind}; charset=utf-8{rest}\r\n\r\n{content}".encode()


def attached(name: str, content: str = "x", kind: str = "application/pdf") -> bytes:
    """An attachment."""
    return f'Content-Type: {kind}\r\nContent-Disposition: attachment; filename="{name}"\r\n\r\n{content}'.encode()
