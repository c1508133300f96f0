"""Where a callback goes: its URL, the network addresses behind the name, and which of them are refused."""

import ipaddress
import re
import socket
from dataclasses import dataclass

import httpx

from ctl_jupyter.documents import DocumentError

__all__ = ["AddressRefused", "Target", "addresses_of", "parse_target"]

LONGEST_URL = 4096
DEFAULT_PORTS = {"http": 80, "https": 443}
#: Names that are this machine's by agreement (RFC 6761), whether or not anything resolves them.
THIS_MACHINE = re.compile(r"(^|\.)(localhost|localdomain)\.?$", re.IGNORECASE)
#: Addresses that a translator turns into the IPv4 address in their last 32 bits (RFC 6052).
TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


class AddressRefused(OSError):
    """A name that stands for an address which this service posts nothing to."""


@dataclass(frozen=True)
class Target:
    """The parts of a callback's URL, as HTTP needs them.

    Parameters
    ----------
    path
        Path and query. Part of many addresses is a secret in it: it is never logged.
    """

    scheme: str
    host: str
    port: int
    path: bytes

    @property
    def origin(self) -> str:
        """Scheme, host and port: which receiver it is, and all that a log may say of it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


def parse_target(url: str) -> Target:
    """Read a callback's URL.

    Raises
    ------
    DocumentError
        When nothing can be posted to it; the text does not repeat it.
    """
    if len(url) > LONGEST_URL or re.search(r"[\s\x00-\x1f\x7f\\]", url):
        raise DocumentError(f"its url has a space or a character that no URL has, or more than {LONGEST_URL} of them.")
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        raise DocumentError("its url cannot be read as a URL.") from None
    if parsed.scheme not in DEFAULT_PORTS or not parsed.raw_host:
        raise DocumentError("its url must be one of http or https, as in 'https://example.com/events'.")
    if "@" in re.split(r"[/?#]", url.partition("://")[2], maxsplit=1)[0]:
        raise DocumentError("its url must not hold a user name or a password.")
    host = parsed.raw_host.decode("ascii")
    port = DEFAULT_PORTS[parsed.scheme] if parsed.port is None else parsed.port
    if not 1 <= port <= 65535 or "%" in host:
        raise DocumentError("its url has a host or a port that cannot be.")
    return Target(parsed.scheme, host, port, parsed.raw_path)


def addresses_of(target: Target, *, public: bool) -> list[str]:
    """Return the network addresses behind a target's host, whichever way they are spelt there.

    Parameters
    ----------
    public
        Whether only addresses of the public internet will do.

    Raises
    ------
    AddressRefused
        When one of them is not public and all must be.
    OSError
        When the name cannot be resolved.
    """
    if public and THIS_MACHINE.search(target.host):
        raise AddressRefused(f"{target.host} is this machine")
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise OSError(f"{target.host} is no host name") from error
    addresses = list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))
    if public and not all(_is_public(address) for address in addresses):
        # One is enough: who may name an address of ours beside a public one means no good.
        raise AddressRefused(f"{target.host} is on a loopback, private or link-local network")
    return addresses


def _is_public(text: str) -> bool:
    address = _meant(ipaddress.ip_address(text.partition("%")[0]))
    site_local = isinstance(address, ipaddress.IPv6Address) and address.is_site_local
    return address.is_global and not (address.is_multicast or address.is_reserved or site_local)


def _meant(address: IPAddress) -> IPAddress:
    """Return the IPv4 address that an IPv6 one leads to, where it does."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in TRANSLATED:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address
