"""
From YAML text to nodes with places.

Built on the parser's events and not on PyYAML's own composer: that one recurses in C, loses the place
of keys, and knows YAML 1.1 only, in which `on: yes` is `{True: True}`. Everything is bounded, because
ten lines of aliases can stand for a billion values.

Source: gopkg.in/yaml.v3 for what is refused: a key that is defined twice, a value that contains itself.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import attrs
import yaml

from provider.sdl.errors import SdlError, SdlWarning
from provider.sdl.node import Node, Trail, path_of, shortened

TEXT_LENGTH_MAX = 1_000_000
"""In characters. The longest definition among eighty real ones has 12,000."""

NODES_MAX = 50_000
"""Values after the expansion of aliases; the largest real one has some 500."""

DEPTH_MAX = 50
"""Nesting of lists and mappings; the format itself needs 9."""

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_TAGS = frozenset(
    {None, "!", "tag:yaml.org,2002:str", "tag:yaml.org,2002:seq", "tag:yaml.org,2002:map"}
)
_Place = tuple[int, int]
"""Line and column, from 1."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@attrs.frozen
class Source:
    """A document that was read."""

    root: Node
    warnings: tuple[SdlWarning, ...]


def load(text: str) -> Source:
    """
    Read the first document of a YAML text.

    Raises:
        SdlError: no YAML, no mapping, or over a limit.
    """
    if len(text) > TEXT_LENGTH_MAX:
        raise SdlError(1, 1, "", f"expected at most {TEXT_LENGTH_MAX} characters, got {len(text)}")
    try:
        return _Composer(yaml.parse(text, Loader=_LOADER)).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise SdlError(line, column, "", f"not YAML: {error.problem}") from error
    except yaml.reader.ReaderError as error:
        before = text.encode(errors="replace")[: error.position].decode(errors="ignore")
        raise SdlError(*_end_of(before), "", f"not YAML: {error.reason}") from error
    except UnicodeEncodeError as error:
        raise SdlError(*_end_of(text[: error.start]), "", "expected Unicode text") from error


def _end_of(text: str) -> tuple[int, int]:
    return text.count("\n") + 1, len(text) - text.rfind("\n")


@attrs.define(eq=False)
class _Composer:
    """Turns events into nodes; one use."""

    _events: Iterator[Any]
    _anchors: dict[str, Node | None] = attrs.field(factory=dict, init=False)
    """`None` while the anchored value is still open."""
    _nodes: int = attrs.field(default=0, init=False)

    def document(self) -> Source:
        event = self._next()
        while isinstance(event, yaml.StreamStartEvent | yaml.DocumentStartEvent):
            event = self._next()
        if isinstance(event, yaml.StreamEndEvent):
            raise SdlError(1, 1, "", "empty: expected a mapping that begins with `version:`")
        root = self._compose(event, None, _place(event), 0)
        if not isinstance(root.content, Mapping):
            raise root.error("expected a mapping with version, services, profiles and deployment")
        self._next()
        after = self._next()
        if isinstance(after, yaml.StreamEndEvent):
            return Source(root, ())
        warning = SdlWarning(*_place(after), "", "only the first document is read")
        return Source(root, (warning,))

    def _next(self) -> Any:
        return next(self._events)

    def _compose(self, event: Any, trail: Trail | None, key_place: _Place, depth: int) -> Node:
        """The value that begins with this event; `key_place` is where its key stands, or itself."""
        place = _place(event)
        self._check_limits(trail, place, depth)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(str(event.anchor), trail, place, depth)
        if event.tag not in _TAGS:
            raise _error(trail, place, f"expected no tag, got {shortened(event.tag)}")
        if event.anchor:
            self._anchors[event.anchor] = None
        if isinstance(event, yaml.ScalarEvent):
            quoted = not event.implicit[0]
            null = not quoted and event.value in _NULLS
            node = _node(trail, key_place if null else place, None if null else event.value, quoted)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = _node(trail, key_place, self._sequence(trail, depth + 1))
        else:
            node = _node(trail, key_place, self._mapping(trail, depth + 1))
        if event.anchor:
            self._anchors[event.anchor] = node
        return node

    def _sequence(self, trail: Trail | None, depth: int) -> tuple[Node, ...]:
        items: list[Node] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            items.append(self._compose(event, (trail, len(items)), _place(event), depth))
        return tuple(items)

    def _mapping(self, trail: Trail | None, depth: int) -> dict[str, Node]:
        entries: dict[str, Node] = {}
        merged: list[Node] = []
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            place = _place(event)
            key = self._compose(event, trail, place, depth)
            if isinstance(key.content, tuple | Mapping):
                raise _error(trail, place, "expected a single value as a key")
            name = key.content or ""
            value = self._compose(self._next(), (trail, name), place, depth)
            if name == "<<" and not key.quoted:
                merged.extend(_mappings(value))
            elif name in entries:
                first = entries[name].line
                raise _error(
                    (trail, name), place, f"defined twice: expected once, as on line {first}"
                )
            else:
                entries[name] = value
        for source in merged:
            for name, value in source.entries():
                if name not in entries:
                    entries[name] = self._moved(value, (trail, name), depth)
        return entries

    def _alias(self, anchor: str, trail: Trail | None, place: _Place, depth: int) -> Node:
        if anchor not in self._anchors:
            rule = f"no anchor named {shortened(anchor)}: expected it on a value before this alias"
            raise _error(trail, place, rule)
        node = self._anchors[anchor]
        if node is None:
            rule = f"expected a value that has ended before: anchor {shortened(anchor)} is this one's own"
            raise _error(trail, place, rule)
        return self._moved(node, trail, depth)

    def _moved(self, node: Node, trail: Trail | None, depth: int) -> Node:
        """A copy that belongs to another parent; its place stays where the text is."""
        self._check_limits(trail, (node.line, node.column), depth)
        content = node.content
        if isinstance(content, tuple):
            items = enumerate(content)
            content = tuple(self._moved(item, (trail, i), depth + 1) for i, item in items)
        elif isinstance(content, Mapping):
            content = {k: self._moved(v, (trail, k), depth + 1) for k, v in content.items()}
        return attrs.evolve(node, trail=trail, content=content)

    def _check_limits(self, trail: Trail | None, place: _Place, depth: int) -> None:
        self._nodes += 1
        if self._nodes > NODES_MAX:
            raise _error(trail, place, f"expected at most {NODES_MAX} values, aliases expanded")
        if depth > DEPTH_MAX:
            raise _error(trail, place, f"expected at most {DEPTH_MAX} levels")


def _mappings(value: Node) -> tuple[Node, ...]:
    """What a merge key stands for: one mapping or several."""
    nodes = value.items() if isinstance(value.content, tuple) else (value,)
    for node in nodes:
        if not isinstance(node.content, Mapping):
            raise node.error("expected a mapping to merge")
    return nodes


def _place(event: Any) -> _Place:
    return event.start_mark.line + 1, event.start_mark.column + 1


def _node(trail: Trail | None, place: _Place, content: Any, quoted: bool = False) -> Node:
    return Node(trail, *place, content, quoted)


def _error(trail: Trail | None, place: _Place, rule: str) -> SdlError:
    return SdlError(*place, path_of(trail), rule)
