"""``brief.yaml`` as plain content that remembers its lines."""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import Any

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from relops.brief.composer import compose, plain_scalar
from relops.brief.paths import Path, show_path
from relops.errors import BadInput, Problem

LARGEST_BYTES = 4_000_000
MOST_ENTRIES = 200_000
BYTE_ORDER_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def read_text(path: FilePath) -> str:
    """Return the text of a brief. Raises BadInput when there is none, or it is not UTF-8."""
    try:
        size = path.stat().st_size
        if size > LARGEST_BYTES:
            raise BadInput(Problem("brief.too_large", path.name, {"bytes": size, "most": LARGEST_BYTES}))
        raw = path.read_bytes()
    except FileNotFoundError as error:
        raise BadInput(Problem("brief.no_file", str(path))) from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise BadInput(Problem("brief.unreadable", str(path), {"reason": reason})) from error
    encoding = next((name for mark, name in BYTE_ORDER_MARKS if raw.startswith(mark)), "utf-8")
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise BadInput(Problem("brief.encoding", f"{path.name}:{line}",
                               {"byte": f"0x{raw[error.start]:02X}", "wanted": "UTF-8"})) from error
    if all(not line.strip() or line.lstrip().startswith("#") for line in text.splitlines()):
        raise BadInput(Problem("brief.empty_file", path.name))
    return text


class Document:
    """A parsed brief: ``content`` in plain Python, ``problems`` of its writing, and the line of every path.

    ``unread`` names the outermost entries that could not be parsed. Raises BadInput where the text is no
    mapping at all.
    """

    def __init__(self, text: str, file_name: str):
        self.file_name = file_name
        composed = compose(text)
        self.unread = composed.unread
        self.problems = [Problem(f"brief.{fault.code}", self._place(fault.line, ()), fault.values)
                         for fault in composed.faults]
        self._root = composed.root
        self._entries = 0
        self._refused: set[Path] = set()
        self.content: Any = None if self._root is None else self._plain(self._root, (), ())
        if not isinstance(self.content, dict):
            # nothing can be said about entries where there are none
            raise BadInput(self.problems or [Problem("brief.not_mapping", self._place(1, ()))])

    def line(self, path: Path) -> int | None:
        """Return the line of the entry at ``path``; of the nearest entry around it when it is not there."""
        node, line = self._root, None
        for part in path:
            step = self._step(node, part)
            if step is None:
                break
            node, line = step
        return line

    def place(self, path: Path) -> str:
        """Return ``brief.yaml:12 goals[0].by``."""
        return self._place(self.line(path), path)

    def has(self, path: Path) -> bool:
        """Return whether the file has an entry at ``path``."""
        node: Node | None = self._root
        for part in path:
            step = self._step(node, part)
            if step is None:
                return False
            node = step[0]
        return True

    def _place(self, line: int | None, path: Path) -> str:
        where = self.file_name if line is None else f"{self.file_name}:{line}"
        return f"{where} {show_path(path)}".rstrip()

    @staticmethod
    def _step(node: Node | None, part: str | int) -> tuple[Node, int] | None:
        if isinstance(node, MappingNode):
            # of equal keys the last one counts
            for key, value in reversed(node.value):
                if isinstance(key, ScalarNode) and key.value == part:
                    return value, key.start_mark.line + 1
        if isinstance(node, SequenceNode) and isinstance(part, int) and part < len(node.value):
            return node.value[part], node.value[part].start_mark.line + 1
        return None

    def is_refused(self, path: Path) -> bool:
        """Return whether the writing of the entry at ``path`` is refused already."""
        return path in self._refused or bool(path and path[0] in self.unread)

    def _problem(self, code: str, node: Node, path: Path, **values: Any) -> None:
        self._refused.add(path)
        self.problems.append(Problem(f"brief.{code}", self._place(node.start_mark.line + 1, path), values))

    def _plain(self, node: Node, path: Path, around: tuple[int, ...]) -> Any:
        self._entries += 1
        if id(node) in around:
            self._problem("circular_alias", node, path)
            return None
        if self._entries > MOST_ENTRIES:
            raise BadInput(Problem("brief.too_many_entries", self._place(node.start_mark.line + 1, path),
                                   {"most": MOST_ENTRIES}))
        if isinstance(node, MappingNode):
            return self._mapping(node, path, (*around, id(node)))
        if isinstance(node, SequenceNode):
            return [self._plain(entry, (*path, place), (*around, id(node)))
                    for place, entry in enumerate(node.value)]
        return self._scalar(node, path)

    def _mapping(self, node: MappingNode, path: Path, around: tuple[int, ...]) -> dict[str, Any]:
        plain: dict[str, Any] = {}
        lines: dict[str, int] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                self._problem("key_not_text", key, path)
                continue
            here = (*path, key.value)
            if key.value in plain:
                # not refused as a whole: what its value gets wrong is told too
                place = self._place(key.start_mark.line + 1, here)
                self.problems.append(Problem("brief.duplicate_key", place,
                                             {"key": key.value, "line": lines[key.value]}))
            lines[key.value] = key.start_mark.line + 1
            plain[key.value] = self._plain(value, here, around)
        return plain

    def _scalar(self, node: ScalarNode, path: Path) -> Any:
        kind = str(node.tag).removeprefix("tag:yaml.org,2002:")
        if kind.startswith("!") or kind == "binary":
            self._problem("tag", node, path, tag=str(node.tag))
            return None
        return plain_scalar(node.value, kind)
