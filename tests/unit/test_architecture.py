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
        "worker.cli.main",
        "worker.cli.admin",
        "worker.cli.articles",
        "worker.cli.authors",
        "worker.cli.topics",
        "worker.cli.options",
    },
    "feedgen": {"feeds.formats.feedgen_extension", "feeds.formats.render"},
    "frontmatter": {"worker.parsing.frontmatter.splitter"},
    "jinja2": {"feeds.pages.templating"},
    "lxml": {"feeds.formats.xmltree"},
    "markdown_it": {"worker.parsing.body.render"},
    "markupsafe": {"feeds.pages.templating"},
    "nh3": {"worker.parsing.body.sanitizer"},
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

# The modules that touch the world, and how. Every other module is pure: it gets what it works
# on as arguments, and imports nothing of these.
EFFECTFUL = {
    "feeds.public_folder": "writes the public folder",
    "feeds.server.documents": "reads files",
    "feeds.server.limits": "talks to clients, in time",
    "feeds.server.sockets": "opens sockets",
    "feeds.server.safe_open": "opens files",
    "feeds.server.search_pool": "threads that read files",
    "feeds.server.run": "serves",
    "feeds.server.app": "reads files, asks the time",
    "feeds.websub": "keeps files, talks to the hub",
    "worker.__main__": "handles signals, runs the command line",
    "worker.service.composition": "puts all of these together",
    "worker.store.feed_archives": "reads the database",
    "worker.service.command_client": "opens the database, or waits for the worker that has it",
    "worker.store.backup": "copies files, opens databases",
    "worker.service.canary": "writes and removes a file, reads the drop folder",
    "worker.publishing.feed_contents": "reads the database",
    "worker.authors.check": "reads files",
    "worker.parsing.sandbox.child": "limits its own process, reads and writes pipes",
    "worker.parsing.sandbox.process": "starts a process",
    "worker.parsing.sandbox.pool": "starts, times and ends processes",
    "worker.cli.main": "the command line: signals, output, exit status",
    "worker.cli.admin": "the command line",
    "worker.cli.articles": "the command line",
    "worker.cli.authors": "the command line",
    "worker.cli.topics": "the command line",
    "worker.cli.options": "the command line",
    "worker.core.clock": "asks what time it is",
    "worker.ingest.commands": "reads and writes the database",
    "worker.store.damage": "reads the database and its header",
    "worker.service.daemon": "signals, the process",
    "worker.store.database": "opens SQLite and a lock file",
    "worker.admin.doctor": "tries files as another user",
    "worker.service.early_signals": "handles signals",
    "worker.core.fault_points": "ends its own process, when a test asks for it",
    "worker.service.desk": "reads and writes files and the database",
    "worker.authors.drafts": "writes a file",
    "worker.inbox.filing": "moves files",
    "worker.monitoring.heartbeat": "writes a file",
    "worker.inbox.folder": "reads the drop folder",
    "worker.ingest.ingestor": "reads files, writes the database",
    "worker.admin.installing": "writes files",
    "worker.ingest.batches": "reads files",
    "worker.store.ledger": "reads and writes the database",
    "worker.monitoring.metrics_file": "reads the database, writes a file",
    "worker.monitoring.systemd_notify": "sends to the service manager's socket",
    "worker.store.queries": "reads the database",
    "worker.monitoring.longwork": "writes to the log",
    "worker.store.writer_lock": "opens and locks a file",
    "worker.core.logs": "sets up logging",
    "worker.inbox.hint_queue": "a lock between threads",
    "worker.inbox.safe_open": "opens files",
    "worker.publishing.site_pages": "reads the database, writes the public folder",
    "worker.service.parts": "names all the parts of the loop",
    "worker.service.pinging": "starts a process",
    "worker.monitoring.progress": "logs what is in the way",
    "worker.service.self_test": "tries files and the database",
    "worker.monitoring.progress_bar": "draws on the terminal",
    "worker.publishing.public_files": "writes the public folder and the database",
    "worker.publishing.publisher": "reads the database, writes the public folder",
    "worker.authors.receipt_files": "writes and removes files",
    "worker.authors.receipts": "reads files and the database, writes files",
    "worker.service.command_queue": "reads and writes files",
    "worker.ingest.reconcile": "reads the drop folder and the database",
    "worker.ingest.conflicts": "writes the database",
    "worker.service.runner": "the loop around the service, until it is stopped",
    "worker.publishing.retired": "writes the public folder and the database",
    "worker.inbox.scanner": "walks the drop folder",
    "worker.service.loop": "the loop: everything above, in its time",
    "worker.service.serving": "starts a process",
    "worker.store.placement": "reads and writes the database",
    "worker.config.sample": "writes files",
    "worker.monitoring.status": "reads the database",
    "worker.monitoring.status_page": "reads the database",
    "worker.store.articles": "reads and writes the database",
    "worker.ingest.storing": "writes the database",
    "worker.publishing.bad_entries": "logs what is left out, asks the database for its path",
    "worker.admin.machine_checks": "asks the machine",
    "worker.cli.output": "prints",
    "worker.ingest.schedule": "reads and writes the database",
    "worker.store.topics": "reads and writes the database",
    "worker.admin.unit_checks": "reads unit files",
    "worker.store.verdict_log": "reads and writes the database",
    "worker.inbox.watcher": "threads that listen to the kernel",
    "worker.monitoring.web_endpoints": "reads files and the database",
    "worker.ingest.withdrawals": "looks at files, writes the database",
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
    "feeds.pages.assets": ({"read_bytes"}, "its own package's data"),
    "feeds.pages.templating": ({"iterdir", "read_bytes"}, "its own package's data"),
    "worker.config.loading": (
        {"cwd", "is_file", "read_bytes"},
        "find_config and load_config look for the file and read it; all else here is pure",
    ),
    "worker.store.full_text": ({"sqlite3"}, "an empty table in memory, and no file"),
    "worker.admin.unit_files": (
        {"is_dir", "is_file", "iterdir", "read_text"},
        "its own package's data",
    ),
    "worker.parsing.frontmatter.yaml_reader": (
        {"resolve"},
        "PyYAML's: which type a scalar is, not where a path leads",
    ),
}

# "module:function" to the reason why a public function goes without a docstring.
NO_DOCSTRING = {
    "worker.parsing.sandbox.child:Answers.add": "its class says it",
    "worker.parsing.sandbox.child:Answers.flush": "its class says it",
    "worker.core.clock:SystemClock.monotonic": "the protocol above it says it",
    "worker.core.clock:SystemClock.now": "the protocol above it says it",
    "worker.inbox.settling:Fingerprint.of": "its types say it",
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
