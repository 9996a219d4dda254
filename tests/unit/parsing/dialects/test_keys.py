"""What the keys of other publishing tools mean."""

from datetime import UTC, datetime

import pytest

from tests.unit.parsing.dialects.dialect_files import codes, file, read
from worker.core.article import Hold, Image, Person
from worker.core.problems import Place
from worker.parsing.article_reader import read_article
from worker.parsing.frontmatter.keys import KNOWN, TOOL_KEYS, likely_meant
from worker.parsing.rules import ReadingRules


@pytest.mark.parametrize("key", sorted(TOOL_KEYS - {known.lower() for known in KNOWN}))
def test_no_key_of_another_tool_is_taken_for_a_slip(key: str) -> None:
    assert likely_meant(key, KNOWN) == ""
    assert "unknown-key" not in codes(file("title: One", f"{key}: 1"))


@pytest.mark.parametrize(
    ("lines", "day"),
    [
        (["date: 2026-05-01", "publishDate: 2026-05-02"], 2),
        (["publishdate: 2026-05-02"], 2),
        (["Date: 2026-05-03"], 3),
        (["date: 2026-05-01", "created: 2026-05-02"], 1),
        (["created: 2026-05-02", "pubDatetime: 2026-05-04"], 4),
        (["publishedDateTime: 2026-05-05", "publishDate: 2026-05-02"], 5),
        (["published: 2026-05-06", "pubDate: "], 6),
        (["created: 2026-05-02", "published: 2026-05-06"], 6),
        (["date:", "  created: 2026-05-04"], 4),
    ],
)
def test_of_several_dates_the_one_from_which_on_it_may_be_seen_counts(
    lines: list[str], day: int
) -> None:
    article = file(
        "title: One", *(f"{line}T12:00Z" if line[-1].isdigit() else line for line in lines)
    ).article
    assert article is not None
    assert article.published == datetime(2026, 5, day, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "lines", "published"),
    [
        ("2026-05-01-a-day.md", [], datetime(2026, 4, 30, 22, tzinfo=UTC)),
        ("x/2026-05-01_a-day.html", [], datetime(2026, 4, 30, 22, tzinfo=UTC)),
        ("x/2026-05-01-a-day/index.md", [], datetime(2026, 4, 30, 22, tzinfo=UTC)),
        ("2026-05-01-a-day.md", ["date: 2026-05-02T00:00Z"], datetime(2026, 5, 2, tzinfo=UTC)),
        ("2026-05-01-a-day.md", ["published: 2026-05-02T00:00Z"], datetime(2026, 5, 2, tzinfo=UTC)),
        ("2026-05-01-a-day.md", ["date: Created"], None),
        ("2026-02-30-no-day.md", [], None),
        ("1066-10-14-battle.md", [], None),
        ("2026-5-1-a-day.md", [], datetime(2026, 4, 30, 22, tzinfo=UTC)),
        ("x/2026-05-01-a-day/index.ja.md", [], datetime(2026, 4, 30, 22, tzinfo=UTC)),
        ("2026-13-1-a-day.md", [], None),
        ("20260501-a-day.md", [], None),
        ("2026-05-011.md", [], None),
        ("report-2026-05-01.md", [], None),
    ],
)
def test_the_day_in_a_file_s_name_counts_only_where_the_file_gives_none(
    name: str, lines: list[str], published: datetime | None
) -> None:
    article = file("title: One", *lines, name=name).article
    assert article is not None
    assert (article.title, article.published) == ("One", published)


def test_the_name_of_prose_without_front_matter_says_nothing() -> None:
    article = read("A market\n\nCome on Christmas Eve.", "2026-12-24-market.md").article
    assert article is not None
    assert (article.title, article.published) == ("A market", None)


@pytest.mark.parametrize(
    ("lines", "name", "topics"),
    [
        (["tags: Open Data, Rivers"], "a.md", ("Open Data", "Rivers")),
        (["tags: Open Data"], "2026-05-01-a.md", ("Open Data",)),
        (["layout: post", "tags: data rivers"], "a.md", ("data", "rivers")),
        (["categories: data rivers"], "2026-05-01-a.md", ("data", "rivers")),
        (["layout: post", "categories: Open Data, Rivers"], "a.md", ("Open Data", "Rivers")),
        (["layout: post", "category: Open Data", "tags: [x]"], "a.md", ("Open Data", "x")),
        (["categories: Open Data"], "a.md", ("Open Data",)),
        (["categories: [A]", "tags: [b, c]"], "a.md", ("A", "b", "c")),
        (["categories: [A]", "topics: [b]"], "a.md", ("b",)),
        (["Topics: [b]"], "a.md", ("b",)),
        (["tags: []", "categories: []", "keywords: [k]"], "a.md", ("k",)),
        (["tags: [t]", "keywords: [k]"], "a.md", ("t",)),
        (["tag: t"], "a.md", ("t",)),
        (["category: news"], "a.md", ()),
        (["category: news", "tags: [t]"], "a.md", ("t",)),
        (["tags: ['#a', '#b/c', C#, CI/CD]"], "a.md", ("a", "b/c", "C#", "CI/CD")),
        (["tags: '#a #b'"], "a.md", ("a", "b")),
        (["tags: ['[[Rivers]]', '[[Open Data|data]]']"], "a.md", ("Rivers", "data")),
        (
            ["topics: ['[[Rivers]]', Sea]", "categories: ['[[Posts]]']"],
            "a.md",
            ("Rivers", "Sea", "Posts"),
        ),
        (["topics: [[Rivers]]", "tags: [t]"], "a.md", ("Rivers", "t")),
        (["categories: [[A, b], [c]]"], "a.md", ("A", "b", "c")),
        (["tags: [{label: A, permalink: /a}, b]"], "a.md", ("A", "b")),
        (["tags: [2021, no, 1.10]"], "a.md", ("2021", "no", "1.10")),
        (["categories: [2021, no]"], "a.md", ("2021", "no")),
        (["categories: {a: b}"], "a.md", ()),
    ],
)
def test_categories_and_tags_are_topics(
    lines: list[str], name: str, topics: tuple[str, ...]
) -> None:
    reading = file("title: One", *lines, name=name)
    assert reading.article is not None, reading.problems
    assert reading.article.topics == topics


def test_a_bad_topic_is_told_at_its_own_line_whatever_its_list_is_called() -> None:
    reading = file("title: One", "tags: [a]", "categories:", "  - b", "  - {c: d}")
    assert [(problem.code, problem.place) for problem in reading.problems] == [
        ("bad-topic", Place(6, 5))
    ]


@pytest.mark.parametrize(
    ("line", "link"),
    [
        ("permalink: /a/b/", "https://site.example/a/b/"),
        ("permalink: a/index.html", "https://site.example/a/"),
        ("url: /a/b", "https://site.example/a/b"),
        ("URL: /a/b", "https://site.example/a/b"),
        ("canonical_url: https://x.example/a", "https://x.example/a"),
        ("slug: a", ""),
        ("permalink: false", ""),
        ("permalink: pretty", ""),
        ("aliases: [/a/]", ""),
    ],
)
def test_the_address_of_the_page_is_the_link_but_a_slug_is_none(line: str, link: str) -> None:
    reading = file("title: One", line)
    assert reading.article is not None
    assert (reading.article.link, codes(reading)) == (link, [])


@pytest.mark.parametrize(
    "line",
    [
        "permalink: /:year/:title/",
        "permalink: ':title'",
        'permalink: "/{{ title | slug }}/"',
        "url: /blog/:slug",
        "image: ~@/cover.png",
        "image: '{{ page.cover }}'",
        "heroImage: ~/assets/cover.png",
        'image: "[[cover.png]]"',
        "cover: [[cover.png]]",
        "related: [[Another note]]",
    ],
)
def test_an_address_that_only_the_tool_can_make_out_is_left_out_with_a_warning(line: str) -> None:
    reading = file("title: One", line)
    article = reading.article
    assert article is not None
    assert (article.link, article.images, article.related) == ("", (), ())
    assert [(problem.code, problem.place) for problem in reading.problems] == [
        ("tool-address", reading.problems[0].place)
    ]
    assert reading.problems[0].place is not None
    assert reading.problems[0].place.line == 3


@pytest.mark.parametrize(
    "lines",
    [
        ["images: []", "cover: {image: '', alt: ''}"],
        ["header: false"],
        ["banner: Welcome"],
        ["thumbnail: {}"],
        ["author: ''", "authors: ['']"],
        ["permalink: {build: x}"],
        ["publish: soon"],
        ["images: ['']"],
        ["created: true"],
    ],
)
def test_a_key_that_an_archetype_left_empty_or_means_otherwise_harms_nothing(
    lines: list[str],
) -> None:
    reading = file("title: One", *lines)
    assert reading.article is not None, reading.problems
    assert (reading.article.images, reading.article.people) == ((), ())
    assert reading.problems == ()


def test_pictures_are_found_under_any_tool_s_name() -> None:
    for line in (
        "featured_image: /a.png",
        "cover: {image: /a.png, alt: '', relative: false}",
        "heroImage: /a.png",
        "image: {path: /a.png}",
        "header: {teaser: /a.png}",
        "params: {featured_image: /a.png}",
        "extra: {cover: /a.png}",
        "Image: /a.png",
        "images: ['', /a.png]",
    ):
        reading = file("title: One", line)
        assert reading.article is not None, line
        assert reading.article.images == (Image("https://site.example/a.png"),), line
        assert reading.problems == (), line


@pytest.mark.parametrize(
    ("line", "hold"),
    [
        ("published: false", Hold("published", Place(3, 1))),
        ("publish: false", Hold("published", Place(3, 1))),
        ("Draft: true", Hold("draft", Place(3, 1))),
        ("eleventyExcludeFromCollections: true", Hold("draft", Place(3, 1))),
        ("eleventyExcludeFromCollections: false", None),
        ("isDraft: true", Hold("draft", Place(3, 1))),
        ("private: true", Hold("draft", Place(3, 1))),
        ("hidden: false", None),
        ("publish: true", None),
        ("status: hidden", Hold("status", Place(3, 1))),
    ],
)
def test_every_tool_s_word_for_a_draft_holds_with_its_line(line: str, hold: Hold | None) -> None:
    article = file("title: One", line).article
    assert article is not None
    assert article.hold == hold


def test_people_may_be_links_to_notes() -> None:
    for line in ('author: "[[Mira]]"', "author: [[Mira]]", "authors: ['[[people/M|Mira]]']"):
        article = file("title: One", line).article
        assert article is not None
        assert article.people == (Person("Mira"),)


@pytest.mark.parametrize(
    ("words", "codes_"), [("Last Modified", ["file-time"]), ("git Created", ["file-time"])]
)
def test_words_for_the_file_s_time_are_no_bad_date(words: str, codes_: list[str]) -> None:
    reading = file("title: One", f"date: {words}", f"updated: {words}")
    assert reading.article is not None
    assert (reading.article.published, reading.article.updated) == (None, None)
    assert codes(reading) == codes_ * 2


@pytest.mark.parametrize(
    "lines",
    [
        ["cover: {relative: false, hidden: true}"],
        ['cover: {image: "<image path/url>", alt: "<alt text>", relative: false}'],
        ['image: {caption: "", focal_point: "", preview_only: false}'],
        ['image: {caption: "A boat", focal_point: "Smart"}'],
        ["image: false"],
        ["cover: true"],
        ["related: true"],
        ["type: []"],
        ["type: {a: b}"],
        ["images: []"],
    ],
)
def test_switches_and_stand_ins_of_themes_say_nothing(lines: list[str]) -> None:
    reading = file("title: One", *lines)
    assert reading.article is not None, reading.problems
    assert codes(reading) == []
    assert (reading.article.images, reading.article.related, reading.article.type) == ((), (), "")


def test_a_list_of_one_word_is_the_word_and_a_held_status_holds() -> None:
    article = file("title: One", "type: [a]", 'status: ["[[Active]]"]').article
    assert article is not None
    assert (article.type, article.hold) == ("a", None)
    held = file("title: One", "status: [late, Draft]").article
    assert held is not None
    assert held.hold == Hold("status", Place(3, 1))


def test_a_quality_that_is_no_number_is_a_warning() -> None:
    reading = file("title: One", "quality: high")
    assert reading.article is not None
    assert [(p.code, p.level, p.place) for p in reading.problems] == [
        ("bad-number", "warning", Place(3, 1))
    ]


def test_an_unreadable_date_gives_way_to_the_day_in_the_file_s_name() -> None:
    reading = file("title: One", "date: some day", name="2026-05-01-one.md")
    assert reading.article is not None
    assert reading.article.published == datetime(2026, 4, 30, 22, tzinfo=UTC)
    assert [(p.code, p.level, p.place) for p in reading.problems] == [
        ("bad-date", "warning", Place(3, 1))
    ]
    assert file("title: One", "date: some day").article is None


# The seam for relative pictures: as long as they are read as addresses below the site.
@pytest.mark.parametrize(
    ("line", "picture"),
    [
        ("image: ./cover.png", "feedmill:media/cover.png"),
        ("image: ../cover.png", "https://site.example/cover.png"),
        ("cover: boat.jpg", "feedmill:media/boat.jpg"),
        ("images: [cover.png]", "feedmill:media/cover.png"),
        ("cover: {image: cover.png, relative: true}", "feedmill:media/cover.png"),
        ("featured-image: /img/cover.png", "https://site.example/img/cover.png"),
        ("image: '{{ \"/a.png\" | relative_url }}'", "https://site.example/a.png"),
        ("image: '{{ site.url }}{{ site.baseurl }}/a.png'", "https://site.example/a.png"),
        ("cover: {image: '{{ site.baseurl }}/a.png'}", "https://site.example/a.png"),
    ],
)
def test_a_relative_picture_goes_on_as_an_address(line: str, picture: str) -> None:
    reading = file("title: One", line)
    assert reading.article is not None, reading.problems
    assert codes(reading) == []
    assert [image.url for image in reading.article.images] == [picture]


@pytest.mark.parametrize(
    ("name", "language"),
    [
        *(("index.ja.md", "ja"), ("a/post.zh-cn.md", "zh-CN"), ("post.pt_BR.md", "pt-BR")),
        *(("notes.v2.md", "en"), ("main.js.md", "en"), ("ja.md", "en"), ("my.org.md", "en")),
    ],
)
def test_a_file_s_name_gives_the_language(name: str, language: str) -> None:
    article = file("title: One", name=name).article
    assert article is not None
    assert article.language == language
    given = file("title: One", "lang: de", name=name).article
    assert given is not None
    assert given.language == "de"


@pytest.mark.parametrize("lines", [["rating: 5", "cast: [A, B]"], ["tags: [film]"]])
def test_a_note_with_properties_only_is_held(lines: list[str]) -> None:
    article = file(*lines, name="Blade Runner.md", body="").article
    assert article is not None
    assert (article.title, article.hold) == ("Blade Runner", Hold("properties only", Place(1, 1)))


@pytest.mark.parametrize("lines", [["title: ''", "tags: [a]"], ["summary: Words."], []])
def test_an_article_without_a_title_is_no_note(lines: list[str]) -> None:
    assert "no-title" in codes(file(*lines, name="a.md", body=""))


@pytest.mark.parametrize(
    ("line", "body", "title"),
    [
        ("aliases: [Pier]", "It is gone.", "The pier"),
        ("up: '[[Piers]]'", "## See\n\nIt is gone.", "The pier"),
        ("cssclasses: [wide]", "# A pier\n\nIt is gone.", "A pier"),
        ("tags: [a]", "[[Env|Rooms]]: many\n\nIt is gone.", "The pier"),
        ("tags: [a]", "It is gone.", "It is gone."),
    ],
)
def test_a_note_is_called_like_its_file(line: str, body: str, title: str) -> None:
    article = file(line, name="notes/The pier.md", body=body).article
    assert article is not None
    assert article.title == title
    assert "[[" not in article.text


@pytest.mark.parametrize(
    ("name", "given", "link"),
    [
        ("tides.md", 'path = "2021/tides"', "https://example.org/2021/tides/"),
        ("tides.md", 'path = "/2021/tides/"', "https://example.org/2021/tides/"),
        ("tides.md", 'path = "node.js/intro"', "https://example.org/node.js/intro/"),
        ("tides.md", 'path = "a"\nslug = "b"', "https://example.org/a/"),
        ("tides.md", 'slug = "high-tide"', ""),
        ("tides.md", 'path = "/"', ""),
        ("tides.md", 'link = "https://a.example/x"\npath = "a"', "https://a.example/x"),
    ],
)
def test_zola_s_path_is_an_address_that_ends_in_a_slash(name: str, given: str, link: str) -> None:
    text = f'+++\ntitle = "Tides"\n{given}\n[taxonomies]\ntags = ["sea"]\n+++\n\nText.\n'
    reading = read_article(text.encode(), name, ReadingRules(site_url="https://example.org/"))
    assert reading.article is not None
    assert (reading.article.link, reading.problems) == (link, ())


def test_a_slug_of_other_tools_is_no_address() -> None:
    text = "---\ntitle: Tides\nslug: high-tide\n---\n\nText.\n"
    reading = read_article(text.encode(), "tides.md", ReadingRules(site_url="https://example.org/"))
    assert reading.article is not None
    assert reading.article.link == ""
