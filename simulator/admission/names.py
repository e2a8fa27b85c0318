"""
Forms of names, labels, keys and the like; each check returns what is wrong, nothing if all is well.

Source: apimachinery pkg/util/validation/validation.go and pkg/api/validate/content.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_OLD_LABEL = "[a-z]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_QUALIFIED = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"

LABEL_MAX = 63
SUBDOMAIN_MAX = 253
_REMEMBERED = 4096
"""Names whose check is remembered: the same few come again with every write."""


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.ASCII)


_LABEL_RE = _pattern(_LABEL)
_OLD_LABEL_RE = _pattern(_OLD_LABEL)
_SUBDOMAIN_RE = _pattern(_SUBDOMAIN)
_QUALIFIED_RE = _pattern(_QUALIFIED)
_WILDCARD_RE = _pattern(rf"\*\.{_SUBDOMAIN}")
_CONFIG_KEY_RE = _pattern("[-._a-zA-Z0-9]+")
_VARIABLE_RE = _pattern("[ -<>-~]*")  # printable, but for "="
_PORT_NAME_RE = _pattern("[-a-z0-9]+")


def _explained(rule: str, pattern: str, *examples: str) -> str:
    given = " or ".join(f"'{example}', " for example in examples)
    return f"{rule} (e.g. {given}regex used for validation is '{pattern}')"


def _no_longer(length: int) -> str:
    return f"must be no more than {length} characters"


@lru_cache(maxsize=_REMEMBERED)
def dns_label(value: str) -> Sequence[str]:
    """RFC 1123 label."""
    wrong = [_no_longer(LABEL_MAX)] if len(value) > LABEL_MAX else []
    if _LABEL_RE.fullmatch(value):
        return wrong
    if _SUBDOMAIN_RE.fullmatch(value):
        return [*wrong, "must not contain dots"]
    rule = (
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and "
        "must start and end with an alphanumeric character"
    )
    return [*wrong, _explained(rule, _LABEL, "my-name", "123-abc")]


def dns_1035_label(value: str) -> list[str]:
    """RFC 1035 label: it begins with a letter."""
    wrong = [_no_longer(LABEL_MAX)] if len(value) > LABEL_MAX else []
    if not _OLD_LABEL_RE.fullmatch(value):
        rule = (
            "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with "
            "an alphabetic character, and end with an alphanumeric character"
        )
        wrong.append(_explained(rule, _OLD_LABEL, "my-name", "abc-123"))
    return wrong


@lru_cache(maxsize=_REMEMBERED)
def dns_subdomain(value: str) -> Sequence[str]:
    """RFC 1123 subdomain."""
    wrong = [_no_longer(SUBDOMAIN_MAX)] if len(value) > SUBDOMAIN_MAX else []
    if not _SUBDOMAIN_RE.fullmatch(value):
        rule = (
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' "
            "or '.', and must start and end with an alphanumeric character"
        )
        wrong.append(_explained(rule, _SUBDOMAIN, "example.com"))
    return wrong


def wildcard_subdomain(value: str) -> list[str]:
    """A subdomain whose first part is `*`."""
    wrong = [_no_longer(SUBDOMAIN_MAX)] if len(value) > SUBDOMAIN_MAX else []
    if not _WILDCARD_RE.fullmatch(value):
        rule = (
            "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, "
            "which must consist of lower case alphanumeric characters, '-' or '.' and end with an "
            "alphanumeric character"
        )
        wrong.append(_explained(rule, rf"\*\.{_SUBDOMAIN}", "*.example.com"))
    return wrong


def path_segment(value: str) -> list[str]:
    """Anything that can be one part of a path."""
    if value in (".", ".."):
        return [f"may not be '{value}'"]
    return [f"may not contain '{bad}'" for bad in ("/", "%") if bad in value]


@lru_cache(maxsize=_REMEMBERED)
def qualified_name(value: str) -> Sequence[str]:
    """A label or annotation key: `name`, or `example.com/name`."""
    prefix, slash, name = value.rpartition("/")
    if "/" in prefix:
        optional = "with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
        return [f"a valid label key {_qualified_rule()} {optional}"]
    wrong = []
    if slash and not prefix:
        wrong.append("prefix part must be non-empty")
    elif slash:
        # The rule is that of names, but it counts bytes.
        too_long = _no_longer(SUBDOMAIN_MAX)
        wrong += [
            f"prefix part {why.replace('characters', 'bytes') if why == too_long else why}"
            for why in dns_subdomain(prefix)
        ]
    if not name:
        wrong.append("name part must be non-empty")
    elif len(name) > LABEL_MAX:
        wrong.append(f"name part must be no more than {LABEL_MAX} bytes")
    if not _QUALIFIED_RE.fullmatch(name):
        wrong.append(f"name part {_qualified_rule()}")
    return wrong


def _qualified_rule() -> str:
    rule = (
        "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
        "alphanumeric character"
    )
    return _explained(rule, _QUALIFIED, "MyName", "my.name", "123-abc")


@lru_cache(maxsize=_REMEMBERED)
def label_value(value: str) -> Sequence[str]:
    """The value of a label."""
    wrong = [f"must be no more than {LABEL_MAX} bytes"] if len(value) > LABEL_MAX else []
    if value and not _QUALIFIED_RE.fullmatch(value):
        rule = (
            "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' "
            "or '.', and must start and end with an alphanumeric character"
        )
        wrong.append(_explained(rule, f"({_QUALIFIED})?", "MyValue", "my_value", "12345"))
    return wrong


def config_key(value: str) -> list[str]:
    """A key of a ConfigMap or Secret."""
    wrong = [_no_longer(SUBDOMAIN_MAX)] if len(value) > SUBDOMAIN_MAX else []
    if not _CONFIG_KEY_RE.fullmatch(value):
        rule = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"
        wrong.append(_explained(rule, "[-._a-zA-Z0-9]+", "key.name", "KEY_NAME", "key-name"))
    if value == ".":
        wrong.append("must not be '.'")
    elif value == "..":
        wrong.append("must not be '..'")
    elif value.startswith(".."):
        wrong.append("must not start with '..'")
    return wrong


def variable_name(value: str) -> list[str]:
    """The name of an environment variable."""
    if not _VARIABLE_RE.fullmatch(value):
        rule = "a valid environment variable name must consist only of printable ASCII characters"
        return [f"{rule} other than '='"]
    return []


def port_name(value: str) -> list[str]:
    """The name of a container's port (an IANA service name)."""
    wrong = [_no_longer(15)] if len(value) > 15 else []
    if not _PORT_NAME_RE.fullmatch(value):
        wrong.append("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
    if not re.search("[a-z]", value):
        wrong.append("must contain at least one letter (a-z)")
    if "--" in value:
        wrong.append("must not contain consecutive hyphens")
    if value.startswith("-") or value.endswith("-"):
        wrong.append("must not begin or end with a hyphen")
    return wrong


def is_ip(value: str) -> bool:
    """Whether this is an IP address."""
    try:
        ip_address(value)
    except ValueError:
        return False
    return True


def network(value: str) -> IPv4Network | IPv6Network | None:
    """The network that a CIDR stands for; None if it is none."""
    if "/" not in value:
        return None
    try:
        return ip_network(value, strict=False)
    except ValueError:
        return None
