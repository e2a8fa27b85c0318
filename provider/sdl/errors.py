"""What is wrong with a stack definition, and where."""

import attrs

from provider.errors import ProviderError


class SdlError(ProviderError):
    """A stack definition that breaks a rule; the text says what would be right."""

    def __init__(self, line: int, column: int, path: str, rule: str) -> None:
        super().__init__(_sentence(line, column, path, rule))
        self.line = line
        """From 1."""
        self.column = column
        """From 1, in characters."""
        self.path = path
        """Where in the document, e.g. `services.web.expose[0].port`; "" is the document itself."""
        self.rule = rule


@attrs.frozen(order=True)
class SdlWarning:
    """Something that has no effect, and probably was meant to have one."""

    line: int
    column: int
    path: str
    text: str

    def __str__(self) -> str:
        return _sentence(self.line, self.column, self.path, f"warning: {self.text}")


def _sentence(line: int, column: int, path: str, text: str) -> str:
    return ": ".join(filter(None, [f"{line}:{column}", path, text]))
