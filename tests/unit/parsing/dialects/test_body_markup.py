"""Bodies of other publishing tools: their code goes with a warning, and nothing else is lost."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.core.problems import Place
from worker.parsing.dialects.body_markup import CleanBody, clean_body
from worker.parsing.dialects.code_spans import CodeSpans
from worker.parsing.rules import Markup


def text(source: str, markup: Markup = "markdown") -> str:
    return clean_body(source, markup, first_line=1).text


def told(source: str, markup: Markup = "markdown") -> list[tuple[str, str]]:
    """The code of each warning, and what it names."""
    problems = clean_body(source, markup, first_line=1).problems
    assert all(problem.level == "warning" for problem in problems)
    return [(problem.code, problem.message.split("`")[1]) for problem in problems]


# --- template code ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "left", "named"),
    [
        # Hugo and Nikola
        ('A {{< figure src="a.png" >}} b.', "A b.", ["{{< figure >}}"]),
        ("A {{% ref %}}.", "A.", ["{{% ref %}}"]),
        ('{{< a "x >}} y" >}}B', "B", ["{{< a >}}"]),
        ("{{< a `x >}} y` >}}B", "B", ["{{< a >}}"]),
        ("{{< a />}}B", "B", ["{{< a >}}"]),
        ("{{< a >}}*in*{{< /a >}}", "*in*", ["{{< a >}}"]),
        ("{{< a >}}{{< b >}}in{{< /b >}}{{< /a >}}", "in", ["{{< a >}}", "{{< b >}}"]),
        ("{{< a >}}in{{< b >}}x{{< /a >}}", "inx", ["{{< a >}}", "{{< b >}}"]),
        ("A{{< /a >}}", "A", ["{{< a >}}"]),
        ("A\n{{< mermaid >}}\nx --> y\n{{< /mermaid >}}\nB", "A\n\n\n\nB", ["{{< mermaid >}}"]),
        ("{{< t.inline >}}{{ now }}{{< /t.inline >}}A", "A", ["{{< t.inline >}}"]),
        ("{{</* a b */>}}", "{{&lt; a b >}}", []),
        ("{{%/* a */%}}", "{{% a %}}", []),
        # Liquid, Nunjucks, Jinja
        ("A {% include b.html %} c", "A c", ["{% include %}"]),
        ("A {%- assign b = 1 -%} c", "A c", ["{% assign %}"]),
        ("{% if a %}A{% else %}B{% endif %}C", "C", ["{% if %}"]),
        ("{% if a %}{% for b in c %}A{% endfor %}{% endif %}C", "C", ["{% if %}"]),
        ("{% note %}A{% endnote %}", "A", ["{% note %}"]),
        ("{% capture a %}A\n{% endcapture %}B", "\nB", ["{% capture %}"]),
        ("{% raw %}{{ a }}{% endraw %}", "{{ a }}", []),
        ("{{ page.title }}", "", ["{{ page.title }}"]),
        ("{{ 'a' | upcase }}", "", ["{{ … }}"]),
        ("{{site.title}}{{page.title}}", "", ["{{ site.title }}", "{{ page.title }}"]),
        ("v{{site.version}} is out", "v is out", ["{{ site.version }}"]),
        ("{{ {a: {b: 1}} }}C", "C", ["{{ … }}"]),
        ("{# a remark #}B", "B", ["{# … #}"]),
        ("<%= a %>B", "B", ["<% … %>"]),
        # Zola
        ("{{ youtube(id='a') }}B", "B", ["{{ youtube }}"]),
        ("{% quote(by='a') %}\nB\n{% end %}", "\nB\n", ["{% quote %}"]),
        ("{{/* youtube() */}}", "{{ youtube() }}", []),
    ],
)
def test_code_goes_and_text_stays(source: str, left: str, named: list[str]) -> None:
    assert text(source) == left
    assert told(source) == [("template-code", name) for name in named]


@pytest.mark.parametrize(
    "source",
    [
        "`{{< a >}}` and ``{% b %}`` and `` `{{ c }}` ``",
        "```\n{{< a >}}\n{% b %}\n```",
        "~~~~\n```\n{{ a }}\n~~~\n{{ b }}\n~~~~",
        "> ```\n> {{ a }}\n> ```",
        "- One:\n\n  ```\n  {{ a }}\n  ```",
        "Code:\n\n    {{ a }}\n\n    {{ b }}",
        "<pre>{{ a }}</pre> <code>{% b %}</code>",
        "```\nnever closed {{ a }}",
    ],
)
def test_code_that_is_shown_is_left_alone(source: str) -> None:
    assert clean_body(source, "markdown", first_line=1) == CleanBody(source)


@pytest.mark.parametrize(
    "source",
    [
        "A { b } and {c} and {{}} and { { d } }.",
        "Set {{ a, and no end.",
        "Set {{ a\n\nb }} over paragraphs.",
        r"$\frac{{a}}{{b}} x_{{i}} y^{{2}}$",
        "${{ secrets.NAME }}",
        "100 {% of {% nothing",
        "{%%} and {#} and <%>",
        "## A {#",
        "5 <% 6",
        "{{< >}} {{% %}}",
        "function() { return {a: {b: 1}}; }",
    ],
)
def test_braces_of_other_kinds_are_left_alone(source: str) -> None:
    assert clean_body(source, "markdown", first_line=1) == CleanBody(source)


@pytest.mark.parametrize(
    ("source", "left"),
    [
        ("[words]({{< ref a.md >}})", "[words](feedmill:note/a.md)"),
        ('[*some* words]({{ a }} "title")', "*some* words"),
        ("![alt]({{ a }}/b.png) C", " C"),
        ("[![alt](a.png)]({{ b }})", "![alt](a.png)"),
        ("[a]: {{ b }}/c\n\n[a]", "[a]: <>\n\n[a]"),
        ('<a href="{{ a }}" class="b">c</a>', '<a class="b">c</a>'),
        ('<img src="{{ a }}/b.png"> c', " c"),
        ("<div\n  id='{{ a }}'\n  class='b'>\nc</div>", "<div\n  class='b'\n>\nc</div>"),
        ("see https://a.example/{{ b }}/c now", "see now"),
        ("see <https://a.example/{{ b }}> now", "see now"),
        ("see {{ site.other }}/b/c now", "see now"),
        ("# {{ a }}\n\nB", "\n\nB"),
        ("- {{ a }}\n- b", "\n- b"),
        ("1. {% a %}\n2. b", "\n2. b"),
        ("> {{ a }}\n> b", "> \n> b"),
        ("a **{{ b }}** c", "a c"),
        ("a ({{ b }}) c", "a c"),
        ("a {{ b }}, c", "a, c"),
        ("a, {{ b }}, c", "a, c"),
        ("a {{ b }} {{ c }} d", "a d"),
        ("{{ a }}    b", "b"),
        ("a {{ b }}\nc", "a\nc"),
    ],
)
def test_nothing_half_is_left_where_code_was(source: str, left: str) -> None:
    assert text(source) == left


def test_html_and_plain_text_are_cured_in_their_own_way() -> None:
    assert text("<h1>{{ a }}</h1><p>b</p>", "html") == "<p>b</p>"
    assert text("<pre>{{ a }}</pre>", "html") == "<pre>{{ a }}</pre>"
    assert text("`{{ a }}` {{</* b */>}}", "html") == "`` {{&lt; b >}}"
    assert text("See {{ a }}. {{</* b */>}}", "text") == "See. {{< b >}}"
    assert text("{% highlight c %}\na < b\n{% endhighlight %}", "text") == "\na < b\n"


@pytest.mark.parametrize(
    ("source", "markup", "left"),
    [
        (
            "{% highlight ruby %}\nputs '{{ a }}'\n{% endhighlight %}",
            "markdown",
            "```ruby\nputs '{{ a }}'\n```",
        ),
        ("{{< highlight go >}}\n```\n{{< /highlight >}}", "markdown", "````go\n```\n````"),
        ("{{< highlight >}}a `b`{{< /highlight >}}", "markdown", "`` a `b` ``"),
        (
            "<p>x</p>{% highlight html %}\n<b>{{ a }}\n{% endhighlight %}",
            "html",
            "<p>x</p>\n<pre><code>&lt;b&gt;{{ a }}\n</code></pre>",
        ),
        ("{% highlight c %} never closed", "markdown", " never closed"),
    ],
)
def test_highlighted_code_is_shown_as_code(source: str, markup: Markup, left: str) -> None:
    assert text(source, markup).lstrip(" ") == left.lstrip(" ")


def test_a_warning_tells_the_first_place_how_often_and_what_became_of_the_inside() -> None:
    source = "A\n\nB {{< a >}} {{< a >}}\n{% if c %}\nD\n{% endif %}\n{% e %}f{% ende %}"
    problems = clean_body(source, "markdown", first_line=10).problems
    assert [(problem.place, problem.message) for problem in problems] == [
        (
            Place(12, 3),
            "`{{< a >}}` is code for a publishing tool and was left out (2 times).",
        ),
        (
            Place(13, 1),
            "`{% if %}` is code for a publishing tool and was left out, "
            "with everything between its two tags.",
        ),
        (
            Place(16, 1),
            "`{% e %}` is code for a publishing tool and was left out, "
            "but the text between its two tags stays.",
        ),
    ]


def test_a_file_made_of_code_draws_no_endless_list() -> None:
    source = "\n".join(f"{{{{ name{n} }}}}" for n in range(1000))
    assert len(clean_body(source, "markdown", first_line=1).problems) == 30


# --- notes ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "left"),
    [
        (
            "See [[A page]] and [[A page|this]].",
            "See [A page](feedmill:note/A%20page) and [this](feedmill:note/A%20page).",
        ),
        ("[[A#B]] [[#B]]", "[A > B](feedmill:note/A#B) [B](feedmill:here#B)"),
        ("[[A#^b1]] [[A#B#C]]", "[A](feedmill:note/A) [A > B > C](feedmill:note/A#C)"),
        ("| [[A\\|b]] |", "| [b](feedmill:note/A) |"),
        ("[[a_*b]]", r"[a\_\*b](feedmill:note/a_%2Ab)"),
        ("A %%remark%% b", "A  b"),
        ("A\n%%\nremark\n\nmore\n%%\nB", "A\n\n\n\n\n\nB"),
        ("A ==b== c", "A <mark>b</mark> c"),
        ("A b. ^abc123", "A b."),
        ("A\n{: .note}", "A\n"),
        ('{::options toc_levels="1" /}A', "A"),
        ("* TOC\n{:toc}\n\nA", "\n\n\nA"),
        ("[TOC]\n\nA", "\n\nA"),
        (
            "[a](@/b.md) [c]({filename}d.md) [e]({static}/f.pdf)",
            "[a](feedmill:note/b.md) [c](d.md) [e](/f.pdf)",
        ),
        ("[e]({static}/f.pdf) ![g]({attach}h.png)", "[e](/f.pdf) ![g](h.png)"),
        ("[a]\n\n[a]: @/b/c.md#d", "[a]\n\n[a]: feedmill:note/b/c.md#d"),
        ('[a](<{{< relref "/b.md#c" >}}>)', "[a](<feedmill:note/b.md#c>)"),
        ("[a]({{ site.url }}{% link _posts/b.md %})", "[a](feedmill:note/b.md)"),
        ("[a]({% post_url 2020-01-02-b %})", "[a](feedmill:note/2020-01-02-b)"),
        ("[a]({% link files/b.pdf %})", "[a](/files/b.pdf)"),
        ("![[a.png]]", '<img src="feedmill:named/a.png" alt="">'),
        ("![[b/c.mp3]]", '<audio src="feedmill:named/b/c.mp3"></audio>'),
        ("![[b.png|300x20]]", '<img src="feedmill:named/b.png" width="300" height="20" alt="">'),
    ],
)
def test_marks_of_note_tools_become_ordinary_markdown(source: str, left: str) -> None:
    assert text(source) == left


@pytest.mark.parametrize(
    "source",
    [
        "[[1]](https://a.example) and [[1]][b] and \\[[c]]",
        "if [[ -f a ]]; then",
        "100%% sure and 50%% not",
        "`[[a]]` and `%%b%%` and `==c==`",
        "```\n[[a]] %%b%% ==c==\n> [!note] d\n```",
        "a == b and c==d and e ==> f",
        "2 ^3 and x ^2\nand 10 ^10",
        "A title\n=======\n\nText",
        "[!note] without a quotation",
        "A {b} {c: d}",
        "#heading and # two",
        "[a](b.md) {not: attributes}",
    ],
)
def test_what_only_looks_like_a_mark_is_left_alone(source: str) -> None:
    assert clean_body(source, "markdown", first_line=1) == CleanBody(source)


def test_marks_of_markdown_mean_nothing_in_html_and_plain_text() -> None:
    source = "[[a]] ==b== %%c%% [TOC]"
    for markup in ("html", "text"):
        assert clean_body(source, markup, first_line=1) == CleanBody(source)


def test_embedded_files_are_told_and_tags_of_a_note_are_its_topics() -> None:
    prose = clean_body(
        "#a #b/c\n\nSee [[D]].\n\n![[e.pdf]] ![[e.png|300]]\n\n#f", "markdown", first_line=3
    )
    assert (
        prose.text == "\n\nSee [D](feedmill:note/D).\n\n "
        '<img src="feedmill:named/e.png" width="300" alt="">\n\n'
    )
    assert prose.tags == ("a", "b/c", "f")
    assert prose.is_note
    (problem,) = prose.problems
    assert (problem.code, problem.place) == ("embedded-file", Place(7, 1))
    assert clean_body("#a\n\nText.", "markdown", first_line=1) == CleanBody("#a\n\nText.")


# --- whatever the text ------------------------------------------------------------------------

PIECES = st.sampled_from([
    *("{{< a >}}", "{{< /a >}}", '{{% b "c" %}}', "{{ d }}", "{{", "}}", "{% if %}", "{% endif %}"),
    *("{% raw %}", "{% endraw %}", "{% end %}", "{# e #}", "<% f %>", "{{</* g */>}}", "{%", "%}"),
    *("{% highlight %}", "{% endhighlight %}", "`", "```", "~~~", "[[h]]", "![[i]]", "[[", "]]"),
    *("%%", ">", "> [!note]", "==j==", "^k123", "{: .l}", "<!--more-->", "[m](", ")", "![", "]:"),
    *('<a href="', '">', "<pre>", "</pre>", "<code>", "</code>", "https://n.example/", "@/"),
    *("{filename}", "word,", "#", "- ", "1. ", "*", "**", "(", '"', "'"),
])  # fmt: skip
SPACES = st.sampled_from([" ", "\n", "\n\n", "", "\n    ", "\t", "\n> "])
SOURCES = st.lists(st.tuples(PIECES, SPACES), max_size=30).map(
    lambda pairs: "".join(piece + space for piece, space in pairs)
)
MARKUPS: st.SearchStrategy[Markup] = st.sampled_from(["markdown", "html", "text"])


@given(SOURCES, MARKUPS)
def test_every_line_keeps_its_number_and_no_mark_of_ours_is_left(
    source: str, markup: Markup
) -> None:
    prose = clean_body(source, markup, first_line=1)
    assert prose.text.count("\n") == source.count("\n")
    assert not re.search("[\ufdd0-\ufdef]", prose.text)
    for problem in prose.problems:
        assert problem.place is not None
        line = source.split("\n")[problem.place.line - 1]
        assert 1 <= problem.place.column <= len(line)


@given(SOURCES)
def test_code_that_is_shown_stays_to_the_letter(source: str) -> None:
    shown = "{{< a >}} [[b]] {% c %} %%d%%"
    found = clean_body(f"```\n{shown}\n```\n\n{source}", "markdown", first_line=1)
    assert found.text.startswith(f"```\n{shown}\n```\n")


def test_a_text_that_has_all_our_marks_itself_is_left_alone() -> None:
    source = "".join(map(chr, range(0xFDD0, 0xFDF0))) + "{{ a }}"
    assert text(source) == source


@pytest.mark.slow
@pytest.mark.parametrize("piece", [
    *("{{", "{{<", "{%", "{#", "<%", "{{ a", "{{< a ", "{% if %}", "{% raw %}", "{{ a }}", "{{{"),
    *('{{<">}}', "}}", "{% end %}", "{{< a >}}", "{{< /a >}}", "{% highlight %}", "*{{ a }}"),
    *("/{{ a }}", "https://a{{ b }}", "({{ a }}", "<a {{ b }}", "[a]({{ b }}", "](@/", "a: b\n"),
    *("`", "`a", "``a`", "\\`", "```\n", "~~~", "\n    a", "<pre", "<pre>", " " * 9, "\n- a"),
    *("[[", "[[a", "![[", "%%", "%% a\n", "\n%%", "==a", "> [!", "\n> [!a]", " ^", " ^aaaa"),
    *("{:", "{: .a", "\n- a\n{: toc", "\n# a {#", "\n#", "#a", "[", "![a](b)", "<!--", "<!-- more"),
])  # fmt: skip
def test_a_mark_may_stand_thousands_of_times(piece: str) -> None:
    """Time that grew with the square of the text would outlast the test's limit."""
    source = "{{ a }} [[a]] " + piece * (60_000 // len(piece))
    for markup in ("markdown", "html"):
        prose = clean_body(source, markup, first_line=1)
        assert "{{ a }}" not in prose.text.partition("\n")[0][:7]
        assert prose.text.count("\n") <= source.count("\n")


@pytest.mark.parametrize(
    ("source", "inside"),
    [
        ("a `b` c", "b"),
        ("a ``b ` c`` d", "b ` c"),
        ("```\na\n```\nb", "a"),
        ("a\n\n    b\nc", "b"),
    ],
)
def test_code_is_found_where_markdown_shows_code(source: str, inside: str) -> None:
    code = CodeSpans(source)
    start = source.index(inside)
    assert all(index in code for index in range(start, start + len(inside)))
    assert len(source) - 1 not in code


@pytest.mark.parametrize(
    "source",
    ["a `b\n\nc` d", "- a\n\n    b", "a \\`b` c", "a\n    b", "<pre>a", "1. a\n\n   b\n\n    c"],
)
def test_what_markdown_takes_for_text_is_no_code(source: str) -> None:
    code = CodeSpans(source)
    assert not any(index in code for index in range(len(source)))
