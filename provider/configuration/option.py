"""One setting as the operator sees it: key in the file, flag, environment variable, help."""

import ast
import inspect
import textwrap
from collections.abc import Callable, Mapping
from typing import Any, Literal, get_args, get_origin

import attrs

from provider.configuration import kinds
from provider.configuration.kinds import Kind, Value
from provider.settings import SettingsError

PREFIX = "LEASEKEEPER_"


def accept(_: Value) -> None:
    """Find nothing wrong."""


@attrs.frozen(kw_only=True)
class Option:
    """One row of the table; everything else follows from it."""

    key: str
    """In the TOML file, with the name of its table before a dot."""
    flag: str
    """Without the dashes."""
    kind: Kind
    help: str
    panel: str
    """Under which heading `--help` shows it."""
    default: Value | None = None
    """None: it must be given, or counts as not given."""
    required: bool = False
    metavar: str = ""
    check: Callable[[Value], None] = accept
    """Raises ValueError with the rule that a value of the right kind still breaks."""

    @property
    def env(self) -> str:
        """The environment variable."""
        return PREFIX + self.flag.upper().replace("-", "_")


def options_of(
    cls: type[attrs.AttrsInstance], *, section: str, panel: str, without: frozenset[str]
) -> tuple[Option, ...]:
    """
    One option for each field of a settings class; the text under the field is its help.

    Args:
        cls: a frozen settings class whose fields all have defaults.
        section: the table in the file, and what flags begin with.
        panel: heading in the help.
        without: fields that nobody sets.
    """
    help_of = _field_texts(cls)
    return tuple(
        Option(
            key=f"{section}.{field.name}",
            flag=f"{section}-{field.name}".replace("_", "-"),
            kind=_kind_of(field.type),
            help=help_of[field.name],
            panel=panel,
            default=field.default,
            check=_check_of(cls, field.name),
        )
        for field in attrs.fields(cls)
        if field.name not in without
    )


def _check_of(cls: type[attrs.AttrsInstance], name: str) -> Callable[[Value], None]:
    def check(value: Value) -> None:
        try:
            cls(**{name: value})
        except (SettingsError, TypeError) as error:
            raise ValueError(str(error).removeprefix(f"{name} ")) from None

    return check


def _kind_of(annotation: Any) -> Kind:
    simple: Mapping[Any, Kind] = {
        bool: kinds.BOOLEAN,
        int: kinds.INTEGER,
        float: kinds.NUMBER,
        str: kinds.TEXT,
        tuple[str, ...]: kinds.LIST,
    }
    if get_origin(annotation) is Literal:
        return kinds.choice(*get_args(annotation))
    return simple[annotation]


def _field_texts(cls: type) -> dict[str, str]:
    """The string under each field; the source is where reasons are written, and it is written once."""
    (body,) = ast.parse(textwrap.dedent(inspect.getsource(cls))).body
    assert isinstance(body, ast.ClassDef)
    texts = {}
    for field, below in zip(body.body, body.body[1:], strict=False):
        match field, below:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                texts[name] = " ".join(text.split())
            case _:
                pass
    return texts
