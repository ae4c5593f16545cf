"""From text to YAML nodes. A mistake in one block of the file does not hide the mistakes in the others."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node

# the core schema of YAML 1.2; a number with a leading zero is an identifier, so it stays text
WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]*)")
OCTAL_OR_HEX = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
DECIMAL = re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
SPECIAL = {".inf": "inf", "+.inf": "inf", "-.inf": "-inf", ".nan": "nan"}
TRUE, FALSE, NULL = ("true", "True", "TRUE"), ("false", "False", "FALSE"), ("", "~", "null", "Null", "NULL")

UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# an entry of the outermost mapping begins in the first column
OPENS_ENTRY = re.compile(r"(?P<key>[^\s#\-\[\]{}'\"&*!|>%@`,?:][^#:]*|'[^']*'|\"[^\"]*\")\s*:(?=\s|$)")
# a colon typed with a Chinese keyboard behind one of our keys
WIDE_COLON = re.compile(r"(?m)(^[ ]*(?:- )?|[{,] *)([a-z][a-z0-9_]*)：[ ]*")
# what the parser says, and our sentence for it
SAID = (
    (re.compile(r"character '\\t'|tab"), "yaml_tab"),
    (re.compile(r"mapping values are not allowed"), "yaml_colon"),
    (re.compile(r"expected ',' or '[\]}]'"), "yaml_bracket"),
    (re.compile(r"undefined alias"), "yaml_alias"),
    (re.compile(r"another document"), "yaml_documents"),
    (re.compile(r"could not find expected ':'"), "yaml_no_colon"),
    (re.compile(r"expected <block end>|did not find expected"), "yaml_indent"),
)
# told by the line where the thing opens: where it fails to close is the end of the file
OPENED_ABOVE = ("yaml_bracket", "yaml_quote")


@dataclass(frozen=True)
class Fault:
    """A mistake in the writing: its line, our problem for it, what fills the sentences."""

    line: int | None
    code: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass
class Composed:
    """The node of the outermost mapping, mistakes, and the outermost entries that could not be parsed."""

    root: Node | None = None
    faults: list[Fault] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


def plain_scalar(written: str, kind: str) -> Any:
    """Return the value of a scalar of the YAML ``kind`` (int, float, bool, null; all else is text)."""
    if kind == "null" and written in NULL:
        return None
    if kind == "bool" and written in (*TRUE, *FALSE):
        return written in TRUE
    if kind in ("int", "float"):
        if WHOLE.fullmatch(written):
            return int(written)
        if OCTAL_OR_HEX.fullmatch(written):
            return int(written, 0)
        if DECIMAL.fullmatch(written):
            return float(written)
        if written.lower() in SPECIAL:
            return float(SPECIAL[written.lower()])
    return written


def compose(text: str) -> Composed:
    """Return the nodes of ``text``; where it cannot be parsed as a whole, those of the blocks that can."""
    unprintable = {text.count("\n", 0, hit.start()) + 1: f"U+{ord(hit[0]):04X}"
                   for hit in UNPRINTABLE.finditer(text)}
    faults = [Fault(line, "yaml_character", {"character": shown}) for line, shown in unprintable.items()]
    text = UNPRINTABLE.sub(" ", text)
    try:
        return Composed(_nodes(text), faults)
    except RecursionError:
        return Composed(None, [*faults, Fault(None, "too_deep")])
    except YAMLError as error:
        whole = _fault(error)
    mended = WIDE_COLON.sub(r"\1\2: ", text)
    if mended != text:
        composed = compose(mended)
        composed.faults[:0] = faults + [Fault(text.count("\n", 0, hit.start(2)) + 1, "yaml_wide_colon", {"key": hit[2]})
                                        for hit in WIDE_COLON.finditer(text)]
        return composed
    composed = _compose_by_entry(text)
    if whole.code != "yaml_alias":
        # an anchor may stand in a block that could not be parsed
        composed.faults = [fault for fault in composed.faults if fault.code != "yaml_alias"]
    if not composed.faults:
        composed.faults = [whole]
    composed.faults = faults + composed.faults
    return composed


def _nodes(text: str) -> Node | None:
    yaml = YAML(typ="safe", pure=True)
    yaml.allow_duplicate_keys = True  # they are refused later, all of them, each with its line
    return yaml.compose(text)


def _compose_by_entry(text: str) -> Composed:
    composed, root = Composed(), None
    for start, key, lines in _entries(text):
        try:
            # leading empty lines keep the line numbers of the file
            node = _nodes("\n" * start + "\n".join(lines))
        except RecursionError:
            composed.faults.append(Fault(start + 1, "too_deep"))
        except YAMLError as error:
            composed.faults.append(_fault(error))
        else:
            if isinstance(node, MappingNode):
                root = root or MappingNode(node.tag, [], node.start_mark, node.end_mark)
                root.value.extend(node.value)
            elif node is not None:
                composed.faults.append(Fault(node.start_mark.line + 1, "yaml_no_colon"))
            continue
        composed.unread.append(key)
    composed.root = root
    return composed


def _entries(text: str) -> list[tuple[int, str, list[str]]]:
    entries: list[tuple[int, str, list[str]]] = []
    for place, line in enumerate(text.splitlines()):
        opened = OPENS_ENTRY.match(line)
        if opened:
            entries.append((place, opened["key"].strip(" '\""), [line]))
        elif line.startswith(("---", "...")):
            continue
        elif entries:
            entries[-1][2].append(line)
        elif line.strip():
            entries.append((place, "", [line]))
    return entries


def _fault(error: YAMLError) -> Fault:
    if not isinstance(error, MarkedYAMLError):
        return Fault(None, "yaml_syntax", {"reason": " ".join(str(error).split())})
    said = f"{error.context or ''} {error.problem or ''}"
    code = next((code for pattern, code in SAID if pattern.search(said)), "yaml_syntax")
    if "quoted scalar" in (error.context or ""):
        code = "yaml_quote"
    mark = error.problem_mark or error.context_mark
    if code in OPENED_ABOVE and error.context_mark is not None:
        mark = error.context_mark
    line = None if mark is None else mark.line + 1
    return Fault(line, code, {"reason": " ".join(said.split())} if code == "yaml_syntax" else {})
