"""What a patch can fail with; verbs turn each into its Status."""

import attrs

from simulator.jsontypes import JSONValue


class PatchError(Exception):
    """
    The patch cannot be applied to this object: a failed test, a missing path, a bad directive.

    `code` is 422, or 400 where the patch is malformed, or 500 where the server trips over it.
    """

    def __init__(self, message: str, *, code: int = 422) -> None:
        super().__init__(message)
        self.message = message
        self.code = code


def not_an_object(patch: JSONValue, about: str = "") -> PatchError:
    """400 for a patch that must be an object and is something else."""
    match patch:
        case list():
            kind = "array"
        case bool():
            kind = "bool"
        case str():
            kind = "string"
        case _:
            kind = "number"
    text = f"{about}json: cannot unmarshal {kind} into Go value of type map[string]interface {{}}"
    return PatchError(text, code=400)


class TypedPatchError(Exception):
    """An applied object does not fit its type: 500 with this message, as on the real server."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@attrs.frozen
class Conflict:
    """One field that another manager owns with another value."""

    manager: str
    """As printed: `"hand" using v1`, `"tester"`."""
    path: str
    """`.spec.replicas`."""

    @property
    def reason(self) -> str:
        """Reason of the cause."""
        return "FieldManagerConflict"

    @property
    def message(self) -> str:
        """Message of the cause."""
        return f"conflict with {self.manager}"

    @property
    def field(self) -> str:
        """Field of the cause."""
        return self.path


class ApplyConflict(Exception):
    """An apply without force wants fields of other managers: 409 with one cause per field."""

    def __init__(self, conflicts: tuple[Conflict, ...]) -> None:
        super().__init__(_conflict_message(conflicts))
        self.conflicts = conflicts

    @property
    def message(self) -> str:
        """Message of the Status."""
        return str(self.args[0])


def _conflict_message(conflicts: tuple[Conflict, ...]) -> str:
    if len(conflicts) == 1:
        only = conflicts[0]
        return f"Apply failed with 1 conflict: conflict with {only.manager}: {only.path}"
    lines = []
    for manager in sorted({conflict.manager for conflict in conflicts}):
        lines.append(f"conflicts with {manager}:")
        lines += [f"- {each.path}" for each in conflicts if each.manager == manager]
    return f"Apply failed with {len(conflicts)} conflicts: " + "\n".join(lines)
