"""Drafts for tests: what a person may type, and what nobody should be able to."""

from __future__ import annotations

import hashlib

from hypothesis import strategies as st

from tui_mail.mime.compose.recipients import write_recipients
from tui_mail.mime.filenames import safe_name
from tui_mail.model.draft import AttachedFile, Draft, DraftKind, Identity
from tui_mail.model.ids import AccountName
from tui_mail.model.mail import Address

WHEN = 1_795_600_000.0
ADA = Identity(AccountName("work"), "Ada Lovelace", "ada@example.org")
ALIAS = Identity(AccountName("work"), "Ada", "countess@faß.de")
HOME = Identity(AccountName("home"), "Ada", "ada@home.example")
IDENTITIES = (ADA, ALIAS, HOME)

visible = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"])
names = st.one_of(
    st.text(visible, max_size=30),
    st.text(st.sampled_from('Ada, "()<>@;:\\.[]=?_üß日 '), max_size=90),
    st.sampled_from(
        ["=?utf-8?q?x?=", "Doe, Jöhn", 'The "Count"', "a@b.example", "=?", "日本語" * 20, "a  b", "ä ä ä " * 20]
    ),
).map(str.strip)

locals_ = st.one_of(
    st.from_regex(r"[a-zA-Z0-9!#$%&'*+/=?^_`{|}~.-]{1,20}", fullmatch=True).filter(lambda text: "=?" not in text),
    st.sampled_from(['"a b"', '"a,b"', '"x\\"y"', "a..b."]),
)
domains = st.one_of(
    st.from_regex(r"[a-z0-9]{1,10}(\.[a-z]{2,5}){0,2}", fullmatch=True),
    st.sampled_from(
        ["faß.de", "bücher.example", "例え.テスト", "[192.0.2.1]", "[IPv6:2001:db8::1]", "Example.ORG", "a_b.example"]
    ),
)
addresses = st.builds(Address, names, st.builds("{}@{}".format, locals_, domains))

_word = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Z"]), min_size=1, max_size=12),
    st.sampled_from(
        [
            "From",
            ">",
            "--",
            "-- ",
            "https://example.org/" + "x" * 90,
            "grün",
            "日本語" * 30,
            ".",
            "=20",
            "\t",
            "\u2028",
            ".",
        ]
    ),
)
_line = st.builds(
    lambda start, words, end: start + " ".join(words) + end,
    st.sampled_from(["", "", "", "> ", ">", ">> ", "> > ", " ", "  ", "\t", "From ", "-- "]),
    st.lists(_word, max_size=30),
    st.sampled_from(["", "", " ", "  "]),
)
bodies = st.one_of(
    st.lists(_line, max_size=8).map("\n".join),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"], include_characters="\n\t"), max_size=200),
    st.sampled_from(["", "\n", "-- \n", "x" * 3000, "é" * 3000, ("word " * 400).strip(), "a\n-- \nAda"]),
)

ids = st.from_regex(r"[a-z0-9.]{1,30}@[a-z.]{1,10}", fullmatch=True)
file_names = st.one_of(
    st.text(visible, max_size=60),
    st.sampled_from(["bücher.pdf", "日本語" * 40 + ".txt", 'a";b.txt', "a" * 190 + ".pdf"]),
).map(safe_name)
_inner = st.sampled_from(
    [
        b"From: a@b\r\nSubject: in\r\n\r\nHello\r\n",
        b"From: a@b\r\n\r\nno end",
        "From: a@b\r\n\r\nGrüße\r\n".encode(),
        b"lf: only\n\nx\n",
    ]
)


class Kept:
    """Stands for data/raw: octets by the hash that is their name."""

    def __init__(self) -> None:
        self.octets: dict[str, bytes] = {}

    def keep(self, data: bytes) -> str:
        name = hashlib.sha256(data).hexdigest()
        self.octets[name] = data
        return name

    def read(self, name: str) -> bytes:
        return self.octets[name]


def attach(kept: Kept, name: str, type_: str, data: bytes) -> AttachedFile:
    return AttachedFile(name, type_, len(data), kept.keep(data))


@st.composite
def attachments(draw: st.DrawFn, kept: Kept) -> tuple[AttachedFile, ...]:
    found = []
    for _number in range(draw(st.integers(0, 3))):
        name = draw(file_names)
        if draw(st.booleans()):
            found.append(attach(kept, f"{name[:40]}.eml", "message/rfc822", draw(_inner)))
        else:
            kind = draw(
                st.sampled_from(["application/pdf", "text/plain", "image/png", "text/html", "application/octet-stream"])
            )
            found.append(attach(kept, name, kind, draw(st.binary(max_size=300))))
    return tuple(found)


typed = st.lists(addresses, max_size=5).map(write_recipients)


@st.composite
def drafts(draw: st.DrawFn, kept: Kept, field: st.SearchStrategy[str] = typed) -> Draft:
    """What may be sent, but for the recipients, which may be none."""
    return Draft(
        identity=draw(st.sampled_from(IDENTITIES)),
        to=draw(field),
        cc=draw(field),
        bcc=draw(field),
        subject=draw(st.one_of(names, st.text(visible, max_size=200))),
        body=draw(bodies),
        attachments=draw(attachments(kept)),
        kind=draw(st.sampled_from(DraftKind)),
        message_id=draw(ids),
        in_reply_to=draw(st.one_of(st.just(""), ids)),
        references=tuple(draw(st.lists(ids, max_size=30, unique=True))),
        forwards=tuple(draw(st.lists(ids, max_size=2, unique=True))),
    )
