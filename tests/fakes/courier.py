"""A private Courier IMAP for tests: a server without CONDSTORE, MOVE, ESEARCH, LITERAL+ and SPECIAL-USE, with a prefix.

Debian's IMAP servers exclude each other as packages, so Courier is unpacked beside Dovecot and not installed
(tests/system-packages). Its own sign-in wants /run/courier and an authentication daemon; here a socket of ours greets,
takes a password, and hands the connection to the real imapd, which is what Courier's imaplogin does. Owns that, the
mailboxes and every process. A mailbox exists as soon as somebody signs in to it.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import uuid
from pathlib import Path

PROGRAMS = Path(__file__).resolve().parents[2] / "build" / "courier"
CAPABILITIES = "IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=ORDEREDSUBJECT THREAD=REFERENCES SORT QUOTA IDLE"
GREETING = f"* OK [CAPABILITY {CAPABILITIES}] Courier-IMAP ready. See COPYING for distribution information.\r\n"
_ARGUMENT = re.compile(rb'"((?:[^"\\]|\\.)*)"|(\S+)')
# The name of the helper's socket goes with this shell, however the test run ends.
_WATCHED = '"$@" & helper=$!; cat > /dev/null; kill $helper; wait $helper'


def missing() -> str:
    """Why there can be no Courier here; empty when there can."""
    for program in (_imapd(), _maildirmake(), _gam_server()):
        if not program.is_file():
            return f"{program.name} of Courier is not in {PROGRAMS}: run tests/system-packages"
        told = subprocess.run(["ldd", program], env=_libraries(), capture_output=True, text=True, check=False).stdout
        if "not found" in told:
            return f"Courier lacks a library: {next(line for line in told.splitlines() if 'not found' in line).strip()}"
    return ""


def _imapd() -> Path:
    return PROGRAMS / "usr/bin/imapd"


def _maildirmake() -> Path:
    return PROGRAMS / "usr/bin/maildirmake.courier"


def _gam_server() -> Path:
    return PROGRAMS / "usr/libexec/gam_server"


def _libraries() -> dict[str, str]:
    """An environment in which its programs find their libraries."""
    names = [
        PROGRAMS / "usr/lib",
        *sorted((PROGRAMS / "usr/lib").glob("*-linux-gnu*")),
        *sorted((PROGRAMS / "lib").glob("*-linux-gnu*")),
    ]
    return {"PATH": os.environ.get("PATH", ""), "LD_LIBRARY_PATH": ":".join(map(str, names))}


class Courier:
    """A server on 127.0.0.1, port ``imap``, in clear. Every user's password is ``password``."""

    host = "127.0.0.1"
    password = "secret"

    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="tm-cour-", dir="/tmp"))
        self._listener = socket.create_server((self.host, 0))
        self.imap: int = self._listener.getsockname()[1]
        self._threads: list[threading.Thread] = []
        self._served: list[subprocess.Popen[bytes]] = []
        self._lock = threading.Lock()
        self._environment = {
            **_libraries(),
            # Watches directories; without it imapd waits a second for it each time. A socket of that name only.
            "GAM_CLIENT_ID": uuid.uuid4().hex[:12],
            "IMAP_CAPABILITY": CAPABILITIES,
            "IMAP_KEYWORDS": "1",
            "IMAP_USELOCKS": "1",
            "IMAP_IDLE_TIMEOUT": "1",
            "IMAP_EMPTYTRASH": "",
            "IMAP_TRASHFOLDERNAME": "Trash",
            "IMAP_ENHANCEDIDLE": "0",
            "PROTOCOL": "IMAP",
            "TCPREMOTEIP": "127.0.0.1",
            "TCPREMOTEPORT": "1",
        }
        self._helper = subprocess.Popen(
            ["bash", "-c", _WATCHED, "watched", str(_gam_server()), "--notimeout", self._environment["GAM_CLIENT_ID"]],
            env=self._environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        accepting = threading.Thread(target=self._accept, name="courier")
        accepting.start()
        self._threads.append(accepting)

    def stop(self) -> None:
        """End every process and remove all it kept."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for process in self._served:
                process.terminate()
        for thread in self._threads:
            thread.join(60)
        assert self._helper.stdin is not None
        self._helper.stdin.close()
        self._helper.wait(60)
        shutil.rmtree(self.directory)

    def maildir(self, user: str) -> Path:
        """The mail of ``user``; a folder INBOX.a.b is ``.a.b`` in it."""
        home = self.directory / user
        with self._lock:
            if not (home / "Maildir").is_dir():
                home.mkdir()
                subprocess.run([_maildirmake(), home / "Maildir"], env=self._environment, check=True, timeout=60)
        return home / "Maildir"

    def renumber(self, user: str, folder: str) -> None:
        """Give a folder another UIDVALIDITY."""
        name = folder.removeprefix("INBOX")
        database = self.maildir(user) / name / "courierimapuiddb"
        head, rest = database.read_text().split("\n", 1)
        version, _uidvalidity, uidnext = head.split(" ")
        database.write_text(f"{version} 4242 {uidnext}\n{rest}")

    # -- inside

    def _accept(self) -> None:
        while True:
            try:
                sock, _address = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(sock,), name="courier-connection")
            thread.start()
            self._threads.append(thread)

    def _serve(self, sock: socket.socket) -> None:
        with sock:
            sock.settimeout(30)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                signed = self._sign_in(sock)
            except OSError:
                return  # it went away before it signed in
            if signed is None:
                return
            tag, user = signed
            maildir = self.maildir(user)
            sock.settimeout(None)
            process = subprocess.Popen(
                [str(_imapd()), "Maildir"], cwd=maildir.parent, stdin=sock.fileno(), stdout=sock.fileno(), stderr=subprocess.DEVNULL,
                env={**self._environment, "AUTHENTICATED": user, "AUTHADDR": user, "IMAPLOGINTAG": tag},
            )  # fmt: skip
            with self._lock:
                self._served.append(process)
        process.wait()

    def _sign_in(self, sock: socket.socket) -> tuple[str, str] | None:
        """(tag of LOGIN, user); None when the client leaves."""
        sock.sendall(GREETING.encode())
        while True:
            line = _line(sock)
            tag, _space, command = line.partition(b" ")
            word = command.upper()
            if word == b"CAPABILITY":
                sock.sendall(f"* CAPABILITY {CAPABILITIES}\r\n".encode() + tag + b" OK CAPABILITY completed\r\n")
            elif word == b"LOGOUT":
                sock.sendall(b"* BYE Courier-IMAP server shutting down\r\n" + tag + b" OK LOGOUT completed\r\n")
                return None
            elif word.startswith(b"LOGIN "):
                user, password = [quoted or plain for quoted, plain in _ARGUMENT.findall(command[6:])]
                if password.decode() == self.password:
                    return tag.decode(), user.decode()
                sock.sendall(tag + b" NO Login failed.\r\n")
            else:
                sock.sendall(tag + b" BAD Invalid command\r\n")


def _line(sock: socket.socket) -> bytes:
    """One line and not an octet more: what follows is for another process."""
    line = b""
    while not line.endswith(b"\n"):
        octet = sock.recv(1)
        if not octet:
            raise OSError("the client has gone")
        line += octet
    return line.rstrip(b"\r\n")
