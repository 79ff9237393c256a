"""The peers come from the distribution; what is missing is installed by apt, as root or through sudo."""

from __future__ import annotations

import os
import shutil
import subprocess

PEERS = {
    "neomutt": "neomutt",
    "aerc": "aerc",
    "mbsync": "isync",
    "dovecot": "dovecot-imapd",
    "mpop": "mpop",
    "getmail": "getmail6",
    "w3m": "w3m",
}
"""Program and the Debian package that brings it."""


def have(program: str) -> bool:
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin") is not None


def install_missing() -> list[str]:
    """Install what is missing; returns the programs that could not be had, each with a sentence printed."""
    missing = [package for program, package in PEERS.items() if not have(program)]
    if missing:
        _install(missing)
    lacking = [program for program in PEERS if not have(program)]
    if lacking:
        print(f"Not installed, so not measured: {', '.join(lacking)}.")
    return lacking


def _install(packages: list[str]) -> None:
    if shutil.which("apt-get") is None:
        print(f"This is no Debian: install {', '.join(packages)} by hand.")
        return
    prefix: list[str] = []
    if os.geteuid() != 0:
        if shutil.which("sudo") is None:
            print(f"As root, please: apt-get install {' '.join(packages)}")
            return
        prefix = ["sudo"]
    print(f"Installing {', '.join(packages)}")
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command = [*prefix, "apt-get", "install", "--yes", "--quiet", "--no-install-recommends", *packages]
    if subprocess.run(command, env=environ, stdout=subprocess.DEVNULL, check=False).returncode != 0:
        subprocess.run([*prefix, "apt-get", "update", "--quiet"], env=environ, stdout=subprocess.DEVNULL, check=False)
        subprocess.run(command, env=environ, stdout=subprocess.DEVNULL, check=False)
