"""The rules that keep the house in order, read from the source of every module.

A rule that is broken for a reason has the reason beside it, in a table below; a table's line
that is no longer needed fails too.
"""

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("feeds", "worker")
MOST_LINES, MOST_FUNCTION_LINES = 400, 40

# Which module may import which library: I/O and parsing have one door each.
LIBRARIES = {
    "babel": {"feeds.pages.words"},
    "dateutil": {"worker.parsing.frontmatter.dates"},
    "click": {
        "worker.cli.main",
        "worker.cli.admin",
        "worker.cli.articles",
        "worker.cli.authors",
        "worker.cli.cloud",
        "worker.cli.topics",
        "worker.cli.options",
        "worker.cli.plain",
    },
    "docutils": {"worker.parsing.kinds.rest"},
    "filetype": {"worker.media.inspection"},
    "imagesize": {"worker.media.inspection"},
    "comrak": {"worker.parsing.body.markdown"},
    "feedgen": {"feeds.formats.feedgen_extension", "feeds.formats.render"},
    "frontmatter": {"worker.parsing.frontmatter.splitter"},
    "jinja2": {"feeds.pages.templating"},
    "lxml": {"feeds.formats.xmltree"},
    "markupsafe": {"feeds.pages.templating"},
    "msgspec": {"worker.parsing.sandbox.codec"},
    "nh3": {"worker.parsing.body.sanitizer"},
    "obstore": {"worker.cloud.bucket"},
    "prometheus_client": {"worker.monitoring.metrics"},
    "pydantic": {"worker.parsing.frontmatter.fields"},
    "rich": {"worker.monitoring.progress_bar", "worker.cli.output"},
    "slugify": {"worker.core.topic_names"},
    "sqlite_utils": {"worker.store.database"},
    "tomllib": {"worker.config.loading", "worker.parsing.frontmatter.toml_reader"},
    "uvicorn": {"feeds.server.limits", "feeds.server.run"},
    "watchdog": {"worker.inbox.watcher"},
    "yaml": {"worker.parsing.frontmatter.yaml_reader"},
}

# Pure packages touch neither file, clock, database, network nor process: they get what they work
# on as arguments. The modules named are the exceptions, each for its reason.
PURE_PACKAGES = (
    "feeds.formats",
    "feeds.pages",
    "worker.core",
    "worker.parsing",
    "worker.parsing.body",
    "worker.parsing.dialects",
    "worker.parsing.frontmatter",
    "worker.parsing.kinds",
)
NOT_PURE = {
    "feeds.pages.trial": "limits its own process",
    "worker.core.clock": "asks what time it is",
    "worker.core.fault_points": "ends its own process, when a test asks for it",
}
MOST_MODULES = 14

# The statements of SQLite, and which modules outside worker/store have some.
SQL = re.compile(
    r"\b(SELECT\s|INSERT (OR \w+ )?INTO\s|UPDATE \w+ SET\s|DELETE FROM\s|PRAGMA\s|"
    r"(CREATE|ALTER|DROP) (VIRTUAL )?(TABLE|INDEX|TRIGGER)\s|REPLACE INTO\s|FROM \w+ WHERE\s)"
)
SQL_ELSEWHERE: frozenset[str] = frozenset()

EFFECTFUL_LIBRARIES = {
    *("asyncio", "click", "concurrent", "ctypes", "fcntl", "http", "logging", "mmap"),
    *("multiprocessing", "random", "resource", "rich", "secrets", "select", "selectors"),
    *("shutil", "signal", "socket", "sqlite3", "sqlite_utils", "ssl"),
    *("subprocess", "tempfile", "threading", "time", "uvicorn", "watchdog"),
}
EFFECTFUL_CALLS = {
    *("open", "print", "input", "now", "utcnow", "today", "cwd", "home", "stat", "lstat"),
    *("exists", "is_file", "is_dir", "iterdir", "glob", "rglob", "resolve", "expanduser"),
    *("abspath", "getmtime", "getsize", "isdir", "isfile", "listdir", "realpath", "scandir"),
    *("read_bytes", "read_text", "write_bytes", "write_text", "mkdir", "touch", "unlink"),
}
PURE_PARTS_OF_OS = {"PathLike", "fsdecode", "fsencode", "path", "stat_result"}
PURE_BUT_FOR = {
    "feeds.pages.assets": ({"read_bytes"}, "its own package's data"),
    "feeds.pages.templating": ({"iterdir", "read_bytes"}, "its own package's data"),
    "feeds.pages.words": ({"read_bytes"}, "its own package's data"),
    "worker.parsing.frontmatter.yaml_reader": (
        {"resolve"},
        "PyYAML's: which type a scalar is, not where a path leads",
    ),
}

# "module:function" to the reason why a public function goes without a docstring.
NO_DOCSTRING = {
    "worker.parsing.sandbox.child:FrameWriter.add": "its class says it",
    "worker.parsing.sandbox.child:FrameWriter.flush": "its class says it",
    "worker.core.clock:SystemClock.monotonic": "the protocol above it says it",
    "worker.core.clock:SystemClock.now": "the protocol above it says it",
    "worker.core.fingerprint:Fingerprint.of": "its types say it",
}


@cache
def sources() -> dict[str, str]:
    """The text of every module of the project by its dotted name."""
    found = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts).removesuffix(".__init__")] = path.read_text(encoding="utf-8")
    return found


@cache
def modules() -> dict[str, ast.Module]:
    """Every module's syntax tree."""
    return {name: ast.parse(text, name) for name, text in sources().items()}


@cache
def imports_of(module: str) -> frozenset[str]:
    """The dotted names that a module imports when it runs; those for types alone do not count."""
    return frozenset(_imports(modules()[module].body))


@cache
def all_imports_of(module: str) -> frozenset[str]:
    """Those for types alone too."""
    nodes = [node for node in ast.walk(modules()[module]) if isinstance(node, ast.stmt)]
    return frozenset(_imports([node for node in nodes if isinstance(node, ast.ImportFrom)]))


def _imports(statements: list[ast.stmt]) -> Iterator[str]:
    for statement in statements:
        for node in _running(statement):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                assert node.level == 0, "imports are absolute"
                names = (f"{node.module}.{alias.name}" for alias in node.names)
                yield from (name if name in modules() else node.module for name in names)


def _running(node: ast.AST) -> Iterator[ast.AST]:
    """The node and all below it, without what stands under ``if TYPE_CHECKING``."""
    yield node
    children: Iterable[ast.AST] = ast.iter_child_nodes(node)
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        children = node.orelse
    for child in children:
        yield from _running(child)


def top(name: str) -> str:
    return name.partition(".")[0]


def parent(module: str) -> str:
    return module.rpartition(".")[0]


def is_package(module: str) -> bool:
    return (ROOT / module.replace(".", "/") / "__init__.py").is_file()


def functions_of(module: str) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Every function with its qualified name ("Class.method"); inner functions after a "<"."""
    yield from _functions(modules()[module], "")


def _functions(
    node: ast.AST, prefix: str
) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield prefix + child.name, child
            yield from _functions(child, f"{prefix}{child.name}.<")
        elif isinstance(child, ast.ClassDef):
            yield from _functions(child, f"{prefix}{child.name}.")
        else:
            yield from _functions(child, prefix)


def impurities(module: str) -> set[str]:
    """What a module has that no pure one may have."""
    found = {name for name in imports_of(module) if top(name) in EFFECTFUL_LIBRARIES}
    for node in _running(modules()[module]):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            found |= {name} & EFFECTFUL_CALLS
        elif isinstance(node, ast.Attribute) and ast.unparse(node.value) == "os":
            found |= {node.attr} - PURE_PARTS_OF_OS
        elif isinstance(node, ast.ImportFrom) and node.module == "os":
            found |= {alias.name for alias in node.names} - PURE_PARTS_OF_OS
    return found


def test_feeds_knows_nothing_of_the_worker() -> None:
    for module in modules():
        if top(module) == "feeds":
            assert not [name for name in imports_of(module) if top(name) == "worker"], module


def test_each_library_has_its_own_door() -> None:
    ours = {*PACKAGES, *sys.stdlib_module_names} - {"tomllib"}
    found: dict[str, set[str]] = {}
    for module in modules():
        for library in {top(name) for name in imports_of(module)} - ours:
            found.setdefault(library, set()).add(module)
    assert found == LIBRARIES


def test_pure_packages_touch_nothing() -> None:
    for module in modules():
        if parent(module) in PURE_PACKAGES and module not in NOT_PURE:
            allowed, _ = PURE_BUT_FOR.get(module, (set(), ""))
            assert impurities(module) == allowed, module


def test_no_module_is_an_exception_without_need() -> None:
    assert NOT_PURE.keys() | PURE_BUT_FOR.keys() <= modules().keys()
    for module in NOT_PURE:
        assert impurities(module), f"{module} is pure: take it off the table"


def test_packages_hold_a_docstring_and_few_modules() -> None:
    """A re-export in an ``__init__`` would load parsers into the parent and slow every command."""
    members: dict[str, int] = {}
    for module, tree in modules().items():
        if is_package(module):
            assert ast.get_docstring(tree), module
            assert len(tree.body) == 1, f"{module}/__init__.py holds more than its docstring"
        else:
            members[parent(module)] = members.get(parent(module), 0) + 1
    assert {name: count for name, count in members.items() if count > MOST_MODULES} == {}


def test_only_the_store_speaks_sql() -> None:
    found = set()
    for module, tree in modules().items():
        texts = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
        if any(SQL.search(text) for text in texts if isinstance(text, str)):
            found.add(module)
    assert {module for module in found if not module.startswith("worker.store.")} == SQL_ELSEWHERE


def test_no_two_classes_of_the_worker_have_one_name() -> None:
    seen: dict[str, str] = {}
    for module, tree in modules().items():
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and top(module) == "worker":
                assert node.name not in seen, f"{node.name}: {module} and {seen[node.name]}"
                seen[node.name] = module


def test_modules_and_functions_are_short() -> None:
    too_long = {name for name, text in sources().items() if text.count("\n") > MOST_LINES}
    for module in modules():
        for name, function in functions_of(module):
            if (function.end_lineno or 0) - function.lineno + 1 > MOST_FUNCTION_LINES:
                too_long.add(f"{module}:{name}")
    assert not too_long


def test_modules_and_public_functions_say_what_they_are() -> None:
    silent = {module for module, tree in modules().items() if not ast.get_docstring(tree)}
    for module in modules():
        for name, function in functions_of(module):
            public = not any(part.startswith(("_", "<")) for part in name.split("."))
            if public and not ast.get_docstring(function):
                silent.add(f"{module}:{name}")
    assert silent == NO_DOCSTRING.keys()


def test_imports_go_in_one_direction() -> None:
    """No two modules need each other, directly or round many corners, not for types either."""
    done: set[str] = set()

    def visit(module: str, way: tuple[str, ...]) -> None:
        assert module not in way, " -> ".join((*way, module))
        if module not in done:
            for name in all_imports_of(module) & modules().keys():
                visit(name, (*way, module))
            done.add(module)

    for module in modules():
        visit(module, ())


WAITING = {"communicate", "join", "select", "wait"}
RUNNING = {"call", "check_call", "check_output", "run"}
# Most files have no such call, and need not be parsed.
MAY_WAIT = re.compile(rf"\.({'|'.join(WAITING)})\(\s*([)#]|\*\*|\w+\s*=)|\bsubprocess\b")


def test_nothing_waits_without_a_deadline() -> None:
    files = [*(ROOT / "worker").rglob("*.py"), *(ROOT / "feeds").rglob("*.py")]
    files += [file for file in (ROOT / "tests").rglob("*.py") if "acceptance" not in file.parts]
    assert [f"{file}:{line}" for file in files for line in _endless_waits(file)] == []


def _endless_waits(file: Path) -> Iterator[int]:
    is_test = "tests" in file.relative_to(ROOT).parts
    text = file.read_text("utf-8")
    for node in ast.walk(ast.parse(text)) if MAY_WAIT.search(text) else ():
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        given = {keyword.arg for keyword in node.keywords}
        waits = node.func.attr in WAITING and not node.args and "timeout" not in given
        # Those of tests end with their test, which has a limit.
        runs = node.func.attr in RUNNING and ast.unparse(node.func.value) == "subprocess"
        if waits or (runs and not is_test and "timeout" not in given):
            yield node.lineno
