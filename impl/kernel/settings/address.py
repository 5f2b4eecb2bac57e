"""Web addresses in settings, normalised at start to the spelling that browsers send."""

import re
from ipaddress import IPv6Address, ip_network
from typing import Final
from urllib.parse import SplitResult, urlsplit

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HOST_FORBIDDEN: Final = frozenset(' \t"#%/<>?@[\\]^`{|}*,')


class AddressError(ValueError):
    """Raised when a web address in a setting is malformed; the message continues the setting's name."""


def read_origin(text: str) -> str:
    """Return the origin as browsers serialize it (RFC 6454, section 6.2); raise AddressError when none ever would.

    Upper case, a default port and a final slash are forgiven, since what is meant is certain. A path or a wildcard is
    refused: the operator believes that it does something.
    """
    parts = _split(text)
    if parts.path not in {"", "/"} or "?" in text or "#" in text:
        raise AddressError("is an address with a path or a query: an origin is scheme, host and port only")
    return f"{parts.scheme}://{_authority(parts)}"


def read_base_url(text: str) -> str:
    """Return an http(s) address below which others stand, without a final slash; raise AddressError if it is none."""
    parts = _split(text)
    if parts.scheme not in _DEFAULT_PORTS:
        raise AddressError("must begin with https:// (or http://)")
    if "?" in text or "#" in text:
        raise AddressError("must have no query and no fragment")
    path = parts.path.rstrip("/")
    if "//" in path or any(segment in {".", ".."} for segment in path.split("/")):
        raise AddressError("must have a plain path")
    if not path.isascii() or any(character.isspace() for character in path):
        raise AddressError("must have its path percent-encoded")
    return f"{parts.scheme}://{_authority(parts)}{path}"


def read_network(text: str) -> str:
    """Return an address or network of a proxy, in its usual spelling; raise AddressError if it is none."""
    try:
        return str(ip_network(text, strict=False))
    except ValueError:
        raise AddressError("is no address and no network, such as 10.0.0.0/8") from None


def read_header_name(text: str) -> str:
    """Return the name of a header in lower case; raise AddressError if it is none (RFC 9110, section 5.1).

    A wildcard is none: it does not cover Authorization (Fetch, section 3.3.3), so that it would only seem to work.
    """
    if text == "*" or not _TOKEN.fullmatch(text):
        raise AddressError("is no name of a header")
    return text.lower()


def path_of(base_url: str) -> str:
    """Return the path of what `read_base_url` returned: empty, or `/` and segments without a final slash."""
    return urlsplit(base_url).path


def host_and_port(host: str, port: int) -> str:
    """Return the authority of an address; an IPv6 host stands in brackets (RFC 3986, section 3.2.2)."""
    return f"[{host}]:{port}" if ":" in host and not host.startswith("[") else f"{host}:{port}"


def _split(text: str) -> SplitResult:
    if "://" not in text:
        raise AddressError("has no scheme, such as https://")
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        raise AddressError("is not an address") from None
    if "@" in parts.netloc:
        raise AddressError("must have no user information")
    return parts


def _authority(parts: SplitResult) -> str:
    host = _host(parts.hostname or "")
    if parts.netloc.rpartition("@")[2].startswith("["):
        host = f"[{host}]"
    is_default = parts.port is None or parts.port == _DEFAULT_PORTS.get(parts.scheme)
    return host if is_default else f"{host}:{parts.port}"


def _host(host: str) -> str:
    if ":" in host:
        try:
            return str(IPv6Address(host))
        except ValueError:
            raise AddressError("has no valid host") from None
    if not host or not _HOST_FORBIDDEN.isdisjoint(host):
        raise AddressError("has a wildcard, which matches no origin" if "*" in host else "has no valid host")
    if not host.isascii():
        # Refused instead of converted: browsers send punycode, and libraries convert by different rules.
        raise AddressError("must have its host in punycode (xn--...)")
    return host
