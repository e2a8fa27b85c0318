"""
Formats of strings in the schemas of custom resources; those not listed here bind nobody.

Source: apiextensions-apiserver pkg/apiserver/validation/formats.go, kube-openapi
pkg/validation/strfmt.
"""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from ipaddress import IPv4Address, IPv6Address, ip_network
from urllib.parse import urlsplit

from simulator.admission import names


def fits(text: str, form: str) -> bool:
    """Whether a text has a format; `date-time` and `datetime` are one name."""
    check = _CHECKS.get(form.replace("-", ""))
    return check is None or check(text)


def _parses(parse: Callable[[str], object]) -> Callable[[str], bool]:
    def check(text: str) -> bool:
        try:
            parse(text)
        except (ValueError, binascii.Error):
            return False
        return True

    return check


def _matches(pattern: str) -> Callable[[str], bool]:
    """Compiled when first asked: most clusters never do, and all of them start."""
    return lambda text: re.fullmatch(pattern, text) is not None


def _is_moment(text: str) -> bool:
    return re.fullmatch(_MOMENT, text, re.ASCII) is not None and _parses(datetime.fromisoformat)(
        text.replace(" ", "T", 1).upper()
    )


def _is_date(text: str) -> bool:
    return re.fullmatch(_DAY, text, re.ASCII) is not None and _parses(date.fromisoformat)(text)


def _is_request_uri(text: str) -> bool:
    if not text or " " in text or any(not sign.isprintable() for sign in text):
        return False
    try:
        return text.startswith("/") or urlsplit(text).scheme != ""
    except ValueError:
        return False


def _network(text: str) -> None:
    if "/" not in text:
        raise ValueError(text)
    ip_network(text, strict=False)


_MOMENT = r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})"
_DAY = r"\d{4}-\d{2}-\d{2}"
_HEX = "[0-9a-fA-F]"


def _uuid(third: str, fourth: str) -> Callable[[str], bool]:
    return _matches(f"{_HEX}{{8}}-?{_HEX}{{4}}-?{third}-?{fourth}-?{_HEX}{{12}}")


_ANY, _VARIANT = f"{_HEX}{{4}}", f"[89abAB]{_HEX}{{3}}"
_UNITS = "ns|us|µs|μs|ms|s|m|h|d|w|hr|sec|min|hour|day|week|milli|micro|nano"

_CHECKS: Mapping[str, Callable[[str], bool]] = {
    "byte": _parses(lambda text: base64.b64decode(text, validate=True)),
    "cidr": _parses(_network),
    "date": _is_date,
    "datetime": _is_moment,
    "duration": _matches(
        rf"[+-]?(\d+(\.\d*)?|\.\d+) ?({_UNITS})s?((\d+(\.\d*)?) ?({_UNITS})s?)*|0"
    ),
    "email": _matches(r"([^<>@\s]+@[^<>@\s]+)|([^<>@]*<[^<>@\s]+@[^<>@\s]+>)"),
    "hexcolor": _matches(rf"#?({_HEX}{{3}}|{_HEX}{{6}})"),
    "hostname": _matches(
        r"[a-zA-Z0-9](-?[a-zA-Z0-9]{0,62})?|"
        r"([a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z]{2,63}"
    ),
    "ipv4": _parses(IPv4Address),
    "ipv6": _parses(IPv6Address),
    "k8slongname": lambda text: not names.dns_subdomain(text),
    "k8sshortname": lambda text: not names.dns_label(text),
    "mac": _matches(rf"{_HEX}{{2}}([:-]{_HEX}{{2}}){{5}}|{_HEX}{{4}}(\.{_HEX}{{4}}){{2}}"),
    "ssn": _matches(r"\d{3}[- ]?\d{2}[- ]?\d{4}"),
    "uri": _is_request_uri,
    "uuid": _uuid(_ANY, _ANY),
    "uuid3": _uuid(f"3{_HEX}{{3}}", _ANY),
    "uuid4": _uuid(f"4{_HEX}{{3}}", _VARIANT),
    "uuid5": _uuid(f"5{_HEX}{{3}}", _VARIANT),
}
