"""
Kubernetes quantities as exact numbers, so that `0.5` and `500m` compare equal.

Source: k8s.io/apimachinery, `pkg/api/resource`, the grammar in the comment on `Quantity`.
"""

import re
from fractions import Fraction

from provider.errors import ProviderError

_SUFFIXES = {
    "n": Fraction(1, 10**9),
    "u": Fraction(1, 10**6),
    "m": Fraction(1, 10**3),
    "": Fraction(1),
    "k": Fraction(10**3),
    "M": Fraction(10**6),
    "G": Fraction(10**9),
    "T": Fraction(10**12),
    "P": Fraction(10**15),
    "E": Fraction(10**18),
    "Ki": Fraction(2**10),
    "Mi": Fraction(2**20),
    "Gi": Fraction(2**30),
    "Ti": Fraction(2**40),
    "Pi": Fraction(2**50),
    "Ei": Fraction(2**60),
}

# Bounded, because the number comes from outside: `1e999999999` must not become a number.
_QUANTITY = re.compile(
    r"(?P<number>[+-]?([0-9]{1,60}(\.[0-9]{0,60})?|\.[0-9]{1,60}))"
    r"([eE](?P<exponent>[+-]?[0-9]{1,2})|(?P<suffix>[numkMGTPE]|[KMGTPE]i)?)"
)


class QuantityError(ProviderError):
    """A text that is no Kubernetes quantity."""


def parse(quantity: str | float) -> Fraction:
    """
    The exact value of a quantity; a number stands for its own decimal text.

    Raises:
        QuantityError: not of the grammar.
    """
    match = _QUANTITY.fullmatch(str(quantity))
    if match is None or isinstance(quantity, bool):
        raise QuantityError(f"{quantity!r} is no quantity such as 500m, 1.5 or 2Gi")
    number = Fraction(match["number"])
    if match["exponent"] is not None:
        return number * Fraction(10) ** int(match["exponent"])
    return number * _SUFFIXES[match["suffix"] or ""]


def equal(one: str | float, other: str | float) -> bool:
    """True when both are the same amount; what is no quantity equals only itself."""
    try:
        return parse(one) == parse(other)
    except QuantityError:
        return one == other
