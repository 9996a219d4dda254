"""reStructuredText to HTML that is not yet safe, by docutils.

The only module that uses docutils. No document makes it open a file: inclusion, raw HTML, pictures
within the page and configuration files are off. What docutils does not know is shown as it is
written, with a warning. Imported only where a document is read: docutils takes 80 ms to load.
"""

import re
from collections.abc import Callable
from html import escape
from typing import Any, Final

from docutils import nodes
from docutils.frontend import get_default_settings
from docutils.parsers.rst import Directive, Parser, directives, roles
from docutils.readers.standalone import Reader
from docutils.utils import new_document
from docutils.writers.html5_polyglot import HTMLTranslator, Writer

from worker.core.problems import Place, Problem
from worker.core.text import folded, shortened

_LONGEST_LINE = 100_000
_SETTINGS: Final[dict[str, Any]] = {
    "file_insertion_enabled": False,
    "raw_enabled": False,
    "halt_level": 5,
    "report_level": 5,
    "warning_stream": False,
    "doctitle_xform": False,
    "docinfo_xform": False,
    "sectsubtitle_xform": False,
    "syntax_highlight": "none",
    "math_output": "latex",
    "embed_stylesheet": False,
    "stylesheet": None,
    "stylesheet_path": None,
    "embed_images": None,
    "toc_backlinks": False,
    "smart_quotes": False,
    "line_length_limit": _LONGEST_LINE,
    "datestamp": None,
    "generator": None,
    "xml_declaration": False,
}
_MOST_PROBLEMS = 30
_MOST_SUBSTITUTIONS = 10_000
_DEFINITION = re.compile(
    r"^\.\.[ \t]+\|([^|\n]+)\|[ \t]+replace::(.*(?:\n[ \t]+\S.*)*)", re.MULTILINE
)
_REFERENCE = re.compile(r"\|([^|\s][^|\n]*)\|")
_IS_OFF = re.compile(r"disabled|deactivated")
_TEASER_END = re.compile(r"\s*(?:TEASER_END|more)\b", re.IGNORECASE)
_TARGET = re.compile(r"(.+?)\s*<[^<>]*>", re.DOTALL)
_LINKING = """doc ref term any download numref func class meth mod attr exc data const obj type
    issue slug filename py:func py:class py:meth py:mod py:attr py:exc py:data py:const py:obj
    c:func c:type c:macro cpp:func cpp:class option envvar pull user"""
_NAMING = "kbd guilabel menuselection file command program samp dfn abbr makevar regexp mimetype"
_VIDEOS: Final = {
    "youtube": "https://www.youtube.com/watch?v=",
    "vimeo": "https://vimeo.com/",
}


def html_of(source: str, *, first_line: int, top: int) -> tuple[str, tuple[Problem, ...]]:
    """``source``, which begins on line ``first_line`` of its file, as HTML; ``top`` is the level of
    its first headings.

    Gives a warning for all that docutils complains of. Never raises for anything that it may hold.
    """
    told: list[tuple[int | None, str]] = []
    if _substitutions(source) > _MOST_SUBSTITUTIONS:
        text = f"It has more than {_MOST_SUBSTITUTIONS:,} substitutions"
        return _as_text(source, "too-deep", text, first_line)
    if max(map(len, source.split("\n"))) > _LONGEST_LINE:
        text = f"A line has more than {_LONGEST_LINE:,} characters"
        return _as_text(source, "too-deep", text, first_line)
    try:
        html = _translated(source, top, told)
    except RecursionError:
        return _as_text(source, "too-deep", "It is nested too deeply to be read", first_line)
    except Exception as error:
        text = f"docutils failed on it ({type(error).__name__})"
        return _as_text(source, "rest-syntax", text, first_line)
    return html, tuple(_warnings(told, first_line))


def _substitutions(source: str) -> int:
    """How many substitutions docutils would make: some that use each other have no end."""
    if source.count("|") < 4:
        return 0
    inner = {
        found[1].lower(): [name.lower() for name in _REFERENCE.findall(found[2])]
        for found in _DEFINITION.finditer(source)
    }
    sizes: dict[str, int] = {}

    def size(name: str, depth: int) -> int:
        if name not in sizes:
            sizes[name] = _MOST_SUBSTITUTIONS  # for one that uses itself
            names = inner.get(name, ()) if depth < 50 else ()
            most = _MOST_SUBSTITUTIONS
            sizes[name] = min(most, 1 + sum(size(item, depth + 1) for item in names))
        return sizes[name]

    return sum(size(name.lower(), 0) for name in _REFERENCE.findall(source))


def _translated(source: str, top: int, told: list[tuple[int | None, str]]) -> str:
    components = (Parser(), Reader(), Writer())
    settings = get_default_settings(*components)
    for name, value in {**_SETTINGS, "initial_header_level": str(top)}.items():
        setattr(settings, name, value)
    document = new_document("article", settings)

    def note(message: Any) -> None:
        if message["level"] >= 2:
            told.append((message.get("line"), folded(message.children[0].astext())))

    document.reporter.attach_observer(note)
    components[0].parse(source, document)
    _keep_refused(document)
    document.transformer.populate_from_components(components)
    document.transformer.apply_transforms()
    translator = _HtmlTranslator(document)
    document.walkabout(translator)
    return "".join(translator.body)


def _keep_refused(document: Any) -> None:
    """Show the text of what docutils refused, which it would only quote in its message."""
    for message in list(document.findall(nodes.system_message)):
        quoted = list(message.findall(nodes.literal_block))
        is_lost = message["level"] >= 3 or _IS_OFF.search(message.astext()[:300])
        if message.parent is not None:
            message.parent.replace(message, quoted if is_lost else [])


def _warnings(told: list[tuple[int | None, str]], first_line: int) -> list[Problem]:
    problems = []
    for line, text in list(dict.fromkeys(told))[:_MOST_PROBLEMS]:
        place = Place(first_line + line - 1, 1) if line else None
        message = shortened(
            f"A part of the reStructuredText is not understood: {text.rstrip('.')}.", 300
        )
        hint = "Correct it; until then it is shown as it is written."
        problems.append(Problem("rest-syntax", message, place, hint, "warning"))
    if len(told) > _MOST_PROBLEMS:
        message = (
            f"There are {len(told) - _MOST_PROBLEMS:,} more problems with the reStructuredText."
        )
        problems.append(Problem("rest-syntax", message, None, "Fix these first.", "warning"))
    return problems


def _as_text(source: str, code: str, why: str, first_line: int) -> tuple[str, tuple[Problem, ...]]:
    message = f"The text is shown as plain text. {why}."
    problem = Problem(code, message, Place(first_line, 1), "Make it simpler.", "warning")
    return f"<pre>{escape(source)}</pre>", (problem,)


class _HtmlTranslator(HTMLTranslator):
    """HTML without what only a stylesheet or a script makes useful; opens no picture."""

    def visit_image(self, node: Any) -> None:
        sizes = {name: node[name] for name in ("width", "height") if name in node}
        values = {"src": node["uri"], "alt": node.get("alt", ""), **sizes}
        written = " ".join(f'{name}="{escape(str(value))}"' for name, value in values.items())
        self.body.append(f"<img {written}>")

    def depart_image(self, node: Any) -> None:
        """Nothing is open."""

    def visit_math(self, node: Any) -> None:
        self.body.append(f"<code>{escape(node.astext())}</code>")
        raise nodes.SkipNode

    def visit_math_block(self, node: Any) -> None:
        self.body.append(f"<pre><code>{escape(node.astext())}</code></pre>\n")
        raise nodes.SkipNode

    def visit_literal_block(self, node: Any) -> None:
        words = [word for word in node["classes"] if word != "code"]
        language = f' class="language-{escape(words[0])}"' if words else ""
        self.body.append(f"<pre><code{language}>{escape(node.astext())}</code></pre>\n")
        raise nodes.SkipNode

    def visit_literal(self, node: Any) -> None:
        self.body.append(f"<code>{escape(node.astext())}</code>")
        raise nodes.SkipNode

    def visit_problematic(self, node: Any) -> None:
        """What could not be read, without a link to the message on it."""

    def depart_problematic(self, node: Any) -> None:
        """Nothing is open."""

    def visit_comment(self, node: Any) -> None:
        if _TEASER_END.match(node.astext()):
            self.body.append("<!-- TEASER_END -->\n")
        raise nodes.SkipNode

    def visit_system_message(self, _: Any) -> None:
        raise nodes.SkipNode


# --- what Sphinx and Nikola know besides ---


class _Aside(Directive):
    """A note whose title is the directive's name, such as ``seealso``."""

    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[Any]:
        title = " ".join([self.name.capitalize(), *self.arguments])
        note = nodes.admonition(self.block_text)
        note += nodes.title(title, title)
        self.state.nested_parse(self.content, self.content_offset, note)
        return [note]


class _Video(Directive):
    """A link to the video that Nikola would embed."""

    required_arguments = 1
    has_content = True
    option_spec = None

    def run(self) -> list[Any]:
        address = f"{_VIDEOS[self.name]}{self.arguments[0]}"
        return [nodes.paragraph("", "", nodes.reference(address, address, refuri=address))]


def _role(node: Callable[..., Any], *, links: bool) -> Callable[..., Any]:
    def role(_: str, raw: str, text: str, line: int, inliner: Any, *__: Any, **___: Any) -> Any:
        found = _TARGET.fullmatch(text)
        words = found[1] if found else text.lstrip("~!")
        if links:
            inliner.reporter.warning(
                f"The link {raw} has no address here, its words stay", line=line
            )
        return [node(raw, words)], []

    return role


def _register() -> None:
    for name in _LINKING.split():
        roles.register_local_role(name, _role(nodes.inline, links=True))
    for name in _NAMING.split():
        roles.register_local_role(name, _role(nodes.literal, links=False))
    for name in ("seealso", "todo", "versionadded", "versionchanged", "deprecated"):
        directives.register_directive(name, _Aside)
    for name in _VIDEOS:
        directives.register_directive(name, _Video)


_register()
