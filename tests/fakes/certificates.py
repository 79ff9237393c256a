"""Certificates for tests: made by openssl, for a name, an issuer and a time.

Owns an authority of its own and server contexts signed by it.
"""

from __future__ import annotations

import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Authority:
    """A certificate authority under ``directory``; ``ca_file`` is what a client trusts."""

    directory: Path

    @property
    def ca_file(self) -> Path:
        return self.directory / "ca.pem"

    def server_context(self, name: str, *names: str, days: tuple[str, str] | None = None) -> ssl.SSLContext:
        """A context that shows a certificate for ``names`` (``DNS:…``, ``IP:…``), valid between ``days`` (YYYYMMDD)."""
        certificate, key = self.directory / f"{name}.pem", self.directory / f"{name}.key"
        request = self.directory / f"{name}.csr"
        _openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
                 f"/CN={name}", "-keyout", key, "-out", request)  # fmt: skip
        extensions = self.directory / f"{name}.ext"
        extensions.write_text(f"subjectAltName={','.join(names)}\nauthorityKeyIdentifier=keyid\n")
        start, end = days or ("20200101", "20991231")
        _openssl("ca", "-batch", "-notext", "-config", self.directory / "ca.conf", "-in", request, "-out", certificate,
                 "-extfile", extensions, "-startdate", f"{start}000000Z", "-enddate", f"{end}000000Z")  # fmt: skip
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        return context


def make_authority(directory: Path) -> Authority:
    directory.mkdir(parents=True)
    (directory / "index.txt").write_text("")
    (directory / "serial").write_text("01\n")
    (directory / "ca.conf").write_text(
        f"""[ca]
default_ca = here
[here]
dir = {directory}
database = $dir/index.txt
serial = $dir/serial
new_certs_dir = $dir
certificate = $dir/ca.pem
private_key = $dir/ca.key
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
"""
    )
    _openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "3650",
             "-subj", "/CN=Test authority", "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-keyout",
             directory / "ca.key", "-out", directory / "ca.pem")  # fmt: skip
    return Authority(directory)


def _openssl(*arguments: str | Path) -> None:
    done = subprocess.run(["openssl", *arguments], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
