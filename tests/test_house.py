"""The house rules that a machine can hold: imports run down, sentences hold no numbers, modules stay short."""

import ast
import re
from pathlib import Path

import pytest

from relops.exhibits import SUBJECTS, describe, registry
from relops.locale import LANGUAGES, messages, placeholders, rooms

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "relops"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "_notebooks" not in path.parts)
# top floor first; a module may import its own floor and those after it
FLOORS = [
    "__main__", "cli", "suite", "documents", "notebook", "planning", "service", "strategies", "customers", "data",
    "store", "exhibits", "style", "project", "lock", "brief", "errors", "locale", "files", "archives", "units",
]


def floor(module: str) -> int | None:
    """The floor of ``relops.<name>...``; the package's own __init__ stands on none."""
    parts = module.split(".")
    return FLOORS.index(parts[1]) if len(parts) > 1 and parts[1] in FLOORS else None


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imported(path: Path) -> list[str]:
    names = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: relative import"
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names


def test_every_module_stands_on_a_known_floor():
    stray = [module_name(p) for p in MODULES if floor(module_name(p)) is None and module_name(p) != "relops"]
    assert stray == []


def test_imports_run_down():
    upward = [f"{module_name(path)} imports {name}" for path in MODULES for name in imported(path)
              if floor(module_name(path)) is not None and (below := floor(name)) is not None
              and below < floor(module_name(path))]
    assert upward == []


def test_imports_never_run_round():
    known = {module_name(path): path for path in MODULES}

    def targets(path):
        for name in imported(path):
            while name and name not in known:
                name = name.rpartition(".")[0]
            if name and name != "relops" and name != module_name(path):
                yield name

    graph = {name: set(targets(path)) for name, path in known.items() if name != "relops"}
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " -> ".join((*trail, name))
        if name not in done:
            for target in sorted(graph[name]):
                visit(target, (*trail, name))
            done.add(name)

    for name in graph:
        visit(name, ())


def test_ibis_and_duckdb_stay_in_the_data_room():
    def allowed(path: Path) -> bool:
        return "data" in path.relative_to(PACKAGE).parts[:1]

    stray = [f"{module_name(p)} imports {name}" for p in MODULES for name in imported(p)
             if name.split(".")[0] == "duckdb" and not allowed(p)]
    assert stray == []


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_modules_read_in_one_sitting(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


@pytest.mark.parametrize("room", rooms())
def test_messages_are_equals_in_both_languages_and_hold_no_numbers(room):
    wrong = []
    for message_id, texts in messages(room).items():
        if placeholders(texts["zh"]) != placeholders(texts["en"]):
            wrong.append(f"{message_id}: placeholders differ")
        for language in LANGUAGES:
            # the names of two encodings are no numbers
            if re.search(r"\d", re.sub(r"\{[^}]*\}|UTF-8|GB18030", "", texts[language])):
                wrong.append(f"{message_id}.{language}: typed-in digit")
            if not texts[language].strip():
                wrong.append(f"{message_id}.{language}: empty")
        if re.search(r"[\u4e00-\u9fff]", texts["en"]):
            wrong.append(f"{message_id}.en: Chinese in the English text")
    assert wrong == []


def test_evidence_patterns_follow_the_grammar_and_name_a_unit():
    part = r"([a-z0-9_]+|<[a-z_]+>)"
    grammar = re.compile(rf"({'|'.join(SUBJECTS)})(\.{part}){{1,4}}")
    wrong = [pattern for pattern, entry in registry().items()
             if not grammar.fullmatch(pattern) or set(entry) != {"unit", "zh", "en"}]
    assert registry() and wrong == []


def stated_units(tree: ast.Module) -> list[tuple[str, str, bool]]:
    """Evidence that is made with its unit written out: id, unit, whether the id is known to the last letter."""
    constants = {target.id: node.value.value for node in tree.body if isinstance(node, ast.Assign)
                 and isinstance(node.value, ast.Constant) for target in node.targets if isinstance(target, ast.Name)}

    def part(node: ast.expr) -> str:
        known = constants.get(getattr(getattr(node, "value", None), "id", ""))
        return node.value if isinstance(node, ast.Constant) else known if isinstance(known, str) else "?"

    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Evidence" and len(node.args) > 2:
            first, unit = node.args[0], node.args[2]
            name = "".join(map(part, first.values)) if isinstance(first, ast.JoinedStr) else part(first)
            if isinstance(unit, ast.Constant) and name != "?":
                found.append((name.replace("?", "any"), unit.value, "?" not in name))
    return found


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_evidence_is_made_in_its_declared_unit(path):
    """Also that which only a rare shortage of data brings to light."""
    for name, unit, known in stated_units(ast.parse(path.read_text(encoding="utf-8"))):
        declared = describe(name)
        assert declared or not known, name
        assert declared is None or unit in declared["unit"].split(" or "), name


def test_a_unit_that_is_not_declared_is_seen():
    source = "HOLDOUT = 'lifetime_value.holdout'\nEvidence(f'{HOLDOUT}.used_months', used, 'purchases', n=3)"
    (name, unit, known), = stated_units(ast.parse(source))
    assert (name, unit, known) == ("lifetime_value.holdout.used_months", "purchases", True)
    assert describe(name)["unit"] == "count"


def test_published_list_of_evidence_ids_is_current():
    from relops.suite.evidence_list import evidence_list

    assert (ROOT / "data" / "evidence-ids.md").read_text(encoding="utf-8") == evidence_list()


def test_nothing_in_the_project_names_one_machine():
    tracked = [p for folder in ("relops", "notebooks", "tests", "benchmarks", "docs", "data", ".ci")
               for p in (ROOT / folder).rglob("*") if p.is_file() and p.suffix in
               {".py", ".ipynb", ".yaml", ".md", ".html", ".css", ".js", ".j2", ""} and "__pycache__" not in p.parts]
    machine = re.compile(r"/(home|Users)/[a-z]+/|/(work|root)/(?!\))|pypi[.]org|files[.]pythonhosted")
    assert [str(p) for p in tracked if machine.search(p.read_text(encoding="utf-8"))] == []


# what an evidence's filter may be besides a message: conditions on columns, or the name of a model
CODE = re.compile(r"\w+( (=|!=|<|<=|>|>=) \S+)?(, \w+ (=|!=|<|<=|>|>=) \S+)*")


def texts_of(node: ast.expr, constants: dict[str, ast.expr]) -> list[str]:
    """The texts an expression may stand for, x for what is filled in; none where a function makes them."""
    if isinstance(node, ast.Name) and node.id in constants:
        return texts_of(constants[node.id], constants)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.JoinedStr):
        return ["".join(part.value if isinstance(part, ast.Constant) else "x" for part in node.values)]
    if isinstance(node, ast.IfExp):
        return [*texts_of(node.body, constants), *texts_of(node.orelse, constants)]
    return []


def filters_of(source: str) -> list[str]:
    """The filters that a module writes into evidence and tables."""
    tree = ast.parse(source)
    constants = {target.id: node.value for node in ast.walk(tree) if isinstance(node, ast.Assign)
                 for target in node.targets if isinstance(target, ast.Name)}
    found = []
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        given = [keyword.value for keyword in call.keywords if keyword.arg == "filter"]
        if isinstance(call.func, ast.Attribute) and call.func.attr == "evidence":
            given += call.args[2:3]  # of an estimate: id, unit, filter
        found += [text for node in given for text in texts_of(node, constants)]
    return found


def test_a_filter_is_a_condition_or_a_message_in_both_languages():
    prose, seen = [], 0
    for path in MODULES:
        for text in filters_of(path.read_text(encoding="utf-8")):
            seen += 1
            message = text.removeprefix("@").split("|")[0]
            if text.startswith("@"):
                known = "x" in message or message in messages(message.split(".")[0])
            else:
                known = CODE.fullmatch(text)
            prose += [] if known else [f"{module_name(path)}: {text}"]
    assert seen > 10
    assert prose == []


@pytest.mark.parametrize("filter_", ["group is not churned", "hold-out after x", "at least two purchase days"])
def test_prose_is_seen(filter_):
    source = f"Evidence('a', 1, 'rows', filter={filter_!r})\nrate.evidence('a', 'share', {filter_!r})"
    assert filters_of(source) == [filter_] * 2
    assert not CODE.fullmatch(filter_)
