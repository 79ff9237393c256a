"""TXT records of the name system, for keys that signatures are checked with.

Owns the use of dnspython, which comes with the extra `dkim` and is loaded only here. Must not know signatures. Blocking; for a thread.
"""

from __future__ import annotations

SECONDS = 8.0


def txt_record(name: str) -> bytes | None:
    """The TXT record of ``name``, its strings joined; None when there is none. Raises OSError, TimeoutError.

    Where there are several, the first that looks like a key.
    """
    try:
        import dns.exception
        import dns.resolver
    except ImportError as error:
        raise OSError("dnspython is not installed") from error
    try:
        answer = dns.resolver.resolve(name, "TXT", lifetime=SECONDS)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer, dns.resolver.NoMetaqueries):
        return None
    except dns.exception.Timeout as error:
        raise TimeoutError from error
    except (dns.exception.DNSException, ValueError) as error:
        raise OSError(type(error).__name__) from error
    found = [b"".join(record.strings) for record in answer]
    return next((record for record in found if b"p=" in record), found[0] if found else None)
