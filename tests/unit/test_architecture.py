"""The rules that keep the house in order, read from the source of every module.

A rule that is broken for a reason has the reason beside it, in a table below; a table's line
that is no longer needed fails too.
"""

import ast
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("feeds", "worker")
MOST_LINES, MOST_FUNCTION_LINES = 400, 40

# Which module may import which library: I/O and parsing have one door each.
LIBRARIES = {
    "click": {
        "worker.cli",
        "worker.cli_admin",
        "worker.cli_articles",
        "worker.cli_authors",
        "worker.cli_topics",
        "worker.cliparts",
    },
    "feedgen": {"feeds.extension", "feeds.render"},
    "frontmatter": {"worker.matter"},
    "jinja2": {"feeds.templating"},
    "lxml": {"feeds.xmltree"},
    "markdown_it": {"worker.body"},
    "markupsafe": {"feeds.templating"},
    "nh3": {"worker.sanitiser"},
    "prometheus_client": {"worker.metrics"},
    "pydantic": {"worker.fields"},
    "rich": {"worker.progressbar", "worker.terminal"},
    "slugify": {"worker.topicnames"},
    "sqlite_utils": {"worker.database"},
    "tomllib": {"worker.config", "worker.tomlreader"},
    "uvicorn": {"feeds.limits", "feeds.serve"},
    "watchdog": {"worker.watch"},
    "yaml": {"worker.yamlreader"},
}

# The modules that touch the world, and how. Every other module is pure: it gets what it works
# on as arguments, and imports nothing of these.
EFFECTFUL = {
    "feeds.publish": "writes the public folder",
    "feeds.documents": "reads files",
    "feeds.limits": "talks to clients, in time",
    "feeds.listening": "opens sockets",
    "feeds.openbelow": "opens files",
    "feeds.searching": "threads that read files",
    "feeds.serve": "serves",
    "feeds.webapp": "reads files, asks the time",
    "feeds.websub": "keeps files, talks to the hub",
    "worker.__main__": "handles signals, runs the command line",
    "worker.app": "puts all of these together",
    "worker.archives": "reads the database",
    "worker.asking": "opens the database, or waits for the worker that has it",
    "worker.backup": "copies files, opens databases",
    "worker.canary": "writes and removes a file, reads the drop folder",
    "worker.catalogue": "reads the database",
    "worker.check": "reads files",
    "worker.child": "limits its own process, reads and writes pipes",
    "worker.childprocess": "starts a process",
    "worker.children": "starts, times and ends processes",
    "worker.cli": "the command line: signals, output, exit status",
    "worker.cli_admin": "the command line",
    "worker.cli_articles": "the command line",
    "worker.cli_authors": "the command line",
    "worker.cli_topics": "the command line",
    "worker.cliparts": "the command line",
    "worker.clock": "asks what time it is",
    "worker.commands": "reads and writes the database",
    "worker.damage": "reads the database and its header",
    "worker.daemon": "signals, the process",
    "worker.database": "opens SQLite and a lock file",
    "worker.doctor": "tries files as another user",
    "worker.earlysignals": "handles signals",
    "worker.faults": "ends its own process, when a test asks for it",
    "worker.desk": "reads and writes files and the database",
    "worker.drafts": "writes a file",
    "worker.filing": "moves files",
    "worker.heartbeat": "writes a file",
    "worker.inbox": "reads the drop folder",
    "worker.ingest": "reads files, writes the database",
    "worker.installing": "writes files",
    "worker.intake": "reads files",
    "worker.ledger": "reads and writes the database",
    "worker.metricsfile": "reads the database, writes a file",
    "worker.notify": "sends to the service manager's socket",
    "worker.listing": "reads the database",
    "worker.longwork": "writes to the log",
    "worker.lock": "opens and locks a file",
    "worker.logs": "sets up logging",
    "worker.mailbox": "a lock between threads",
    "worker.openread": "opens files",
    "worker.pages": "reads the database, writes the public folder",
    "worker.parts": "names all the parts of the loop",
    "worker.pinging": "starts a process",
    "worker.progress": "logs what is in the way",
    "worker.proof": "tries files and the database",
    "worker.progressbar": "draws on the terminal",
    "worker.publicfiles": "writes the public folder and the database",
    "worker.publishing": "reads the database, writes the public folder",
    "worker.receiptfiles": "writes and removes files",
    "worker.receipts": "reads files and the database, writes files",
    "worker.requests": "reads and writes files",
    "worker.reconcile": "reads the drop folder and the database",
    "worker.rivals": "writes the database",
    "worker.runner": "the loop around the service, until it is stopped",
    "worker.retired": "writes the public folder and the database",
    "worker.scan": "walks the drop folder",
    "worker.service": "the loop: everything above, in its time",
    "worker.serving": "starts a process",
    "worker.shelves": "reads and writes the database",
    "worker.starter": "writes files",
    "worker.status": "reads the database",
    "worker.statuspage": "reads the database",
    "worker.store": "reads and writes the database",
    "worker.storing": "writes the database",
    "worker.suspects": "logs what is left out, asks the database for its path",
    "worker.surroundings": "asks the machine",
    "worker.terminal": "prints",
    "worker.timetable": "reads and writes the database",
    "worker.topics": "reads and writes the database",
    "worker.unitcheck": "reads unit files",
    "worker.verdictlog": "reads and writes the database",
    "worker.watch": "threads that listen to the kernel",
    "worker.webextras": "reads files and the database",
    "worker.withdraw": "looks at files, writes the database",
}

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
    "feeds.assets": ({"read_bytes"}, "its own package's data"),
    "feeds.templating": ({"iterdir", "read_bytes"}, "its own package's data"),
    "worker.config": (
        {"cwd", "is_file", "read_bytes"},
        "find_config and load_config look for the file and read it; all else here is pure",
    ),
    "worker.fulltext": ({"sqlite3"}, "an empty table in memory, and no file"),
    "worker.units": ({"is_dir", "is_file", "iterdir", "read_text"}, "its own package's data"),
    "worker.yamlreader": ({"resolve"}, "PyYAML's: which type a scalar is, not where a path leads"),
}

# "module:function" to the reason why a public function goes without a docstring.
NO_DOCSTRING = {
    "worker.child:Answers.add": "its class says it",
    "worker.child:Answers.flush": "its class says it",
    "worker.clock:SystemClock.monotonic": "the protocol above it says it",
    "worker.clock:SystemClock.now": "the protocol above it says it",
    "worker.settle:Fingerprint.of": "its types say it",
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
    found |= imports_of(module) & EFFECTFUL.keys()
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


def test_pure_modules_touch_nothing() -> None:
    for module in modules():
        allowed, _ = PURE_BUT_FOR.get(module, (set(), ""))
        if module not in EFFECTFUL:
            assert impurities(module) - allowed == set(), module


def test_no_module_is_called_effectful_without_need() -> None:
    assert EFFECTFUL.keys() <= modules().keys()
    for module in EFFECTFUL:
        assert impurities(module), f"{module} is pure: take it off the table"
    for module, (allowed, _) in PURE_BUT_FOR.items():
        assert impurities(module) == allowed


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
    """No two modules need each other, directly or round many corners."""
    done: set[str] = set()

    def visit(module: str, way: tuple[str, ...]) -> None:
        assert module not in way, " -> ".join((*way, module))
        if module not in done:
            for name in imports_of(module) & modules().keys():
                visit(name, (*way, module))
            done.add(module)

    for module in modules():
        visit(module, ())


def test_the_architecture_page_names_every_module_and_no_other() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    named = [row.strip("` ") for row in rows]
    assert len(named) == len(set(named))
    assert set(named) == set(_paths())


def _paths() -> Iterator[str]:
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            if path.name != "__init__.py":
                yield path.relative_to(ROOT).as_posix()


# Calls that sleep in C until something happens, where no deadline is given.
WAITING = {"communicate", "join", "select", "wait"}
RUNNING = {"call", "check_call", "check_output", "run"}


def test_nothing_waits_without_a_deadline() -> None:
    files = [*(ROOT / "worker").rglob("*.py"), *(ROOT / "feeds").rglob("*.py")]
    files += [file for file in (ROOT / "tests").rglob("*.py") if "acceptance" not in file.parts]
    assert [f"{file}:{line}" for file in files for line in _endless_waits(file)] == []


def _endless_waits(file: Path) -> Iterator[int]:
    is_test = "tests" in file.relative_to(ROOT).parts
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        given = {keyword.arg for keyword in node.keywords}
        waits = node.func.attr in WAITING and not node.args and "timeout" not in given
        # Those of tests end with their test, which has a limit.
        runs = node.func.attr in RUNNING and ast.unparse(node.func.value) == "subprocess"
        if waits or (runs and not is_test and "timeout" not in given):
            yield node.lineno
