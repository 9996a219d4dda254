"""What worker/config/loading.py promises: one frozen value, or every mistake at once in plain
words."""

from pathlib import Path

import pytest

from worker.config.loading import find_config, load_config, parse_config
from worker.config.model import Config, Search, TopicRule
from worker.core.errors import ConfigError

ETC = Path("/etc/feedmill")


def parse(text: str) -> Config:
    return parse_config(text, ETC / "feedmill.toml")


def problems(text: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        parse(text)
    return caught.value.problems


def problem(text: str) -> str:
    (only,) = problems(text)
    return only


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("a AND", "something is missing at its end"),
        ("tilte: x", "There are title:, summary: and text:"),
        ("*", "“*” cannot stand at its beginning"),
    ],
)
def test_a_query_that_cannot_be_read_is_told_with_its_file_and_line(query: str, said: str) -> None:
    text = f"""
        [[searches]]
        name = "Good"
        query = "title: tide AND (fog OR mist*)"
        [[searches]]
        name = "Bad"
        query = "{query}"
        [topics."A B"]
        match = "{query}"
        """
    found = problems(text)
    assert [line.partition(f': found "{query}": ')[0] for line in found] == [
        f"{ETC}/feedmill.toml:7: searches[2].query",
        f'{ETC}/feedmill.toml:9: topics."A B".match',
    ]
    assert all(said in line for line in found)


# What is right


def test_an_empty_file_gives_the_defaults_of_the_contract() -> None:
    config = parse("")
    assert config.path == ETC / "feedmill.toml"
    assert config.drop.folder == ETC / "drop"
    assert config.feeds.folder == ETC / "public"
    assert config.store_path == ETC / "feedmill.db"
    assert (config.host, config.port) == ("127.0.0.1", 8000)
    assert config.site.url == "http://127.0.0.1:8000/"
    assert (config.drop.settle_seconds, config.drop.rescan_seconds) == (1, 300)
    assert (config.feeds.min_entries, config.feeds.min_days) == (50, 7)
    assert config.feeds.max_bytes == 1_000_000
    assert not config.strict_topics
    assert config.most_topics == 5000
    assert config.translations == "one"


def test_every_section_is_read() -> None:
    config = parse(
        """
        [site]
        title = "Mill News"
        url = "https://example.org/news"
        language = "de-AT"
        timezone = "Europe/Vienna"
        author = "Desk"
        icon = "img/icon.png"
        hub = "https://hub.example.org/"
        [drop]
        folder = "/srv/in"
        after = "archive"
        unpublished = "publish"
        settle_seconds = 0.5
        ignore = ["*.bak.txt"]
        receipts = "all"
        receipts_folder = "receipts"
        [store]
        path = "/var/lib/feedmill/feedmill.db"
        [feeds]
        folder = "/srv/out"
        formats = ["atom"]
        [topics]
        strict = true
        most = 200
        translations = "all"
        [topics."AWS AI"]
        description = "Machines"
        aliases = ["Amazon AI"]
        match = "bedrock"
        [[searches]]
        name = "Models"
        query = "llm"
        topics = ["AI"]
        provider = "example.org"
        min_quality = 50
        [serve]
        host = "::"
        port = 0
        """
    )
    assert config.site.url == "https://example.org/news/"
    assert config.site.icon == "https://example.org/news/img/icon.png"
    assert config.drop.folder == Path("/srv/in")
    assert config.drop.receipts_folder == ETC / "receipts"
    assert config.drop.ignore == ("*.bak.txt",)
    assert config.feeds.formats == ("atom",)
    assert config.strict_topics
    assert config.most_topics == 200
    assert config.translations == "all"
    assert config.topics == (TopicRule("AWS AI", "Machines", ("Amazon AI",), "bedrock"),)
    models = Search("Models", "llm", ("AI",), provider="example.org", min_quality=50)
    assert config.searches == (models,)
    assert (config.host, config.port) == ("::", 0)


@pytest.mark.parametrize(
    ("serve", "url"),
    [
        ("port = 9000", "http://127.0.0.1:9000/"),
        ("port = 80", "http://127.0.0.1/"),
        ("port = 0", "http://127.0.0.1:8000/"),
        ('host = "0.0.0.0"', "http://127.0.0.1:8000/"),
        ('host = "::"', "http://[::1]:8000/"),
        ('host = "feeds.example.org"', "http://feeds.example.org:8000/"),
    ],
)
def test_the_address_of_the_site_follows_from_the_server(serve: str, url: str) -> None:
    assert parse(f"[serve]\n{serve}").site.url == url


@pytest.mark.parametrize(
    "language", ["en", "de-AT", "zh-Hans", "es-419", "sl-rozaj-biske", "x-own"]
)
def test_language_tags_are_taken(language: str) -> None:
    assert parse(f'[site]\nlanguage = "{language}"').site.language == language


@pytest.mark.parametrize("name", ["strict", "most", "translations"])
def test_a_topic_may_be_called_like_a_key(name: str) -> None:
    config = parse(f'[topics.{name}]\ndescription = "Rules"')
    assert config.topics == (TopicRule(name, "Rules"),)
    assert not config.strict_topics
    assert config.most_topics == 5000


def test_a_byte_order_mark_and_windows_line_ends_are_fine(tmp_path: Path) -> None:
    path = tmp_path / "feedmill.toml"
    path.write_bytes(b'\xef\xbb\xbf[site]\r\ntitle = "A"\r\n')
    assert load_config(path).site.title == "A"


def test_the_owner_s_own_settings_are_read() -> None:
    config = parse(
        """
        [site]
        home = "https://example.org/"
        copyright = "© 2026 Mills"
        editor = "ann@example.org (Ann)"
        css = "own/site.css"
        footer = "One\\n\\ntwo"
        [pages]
        templates = "/srv/templates"
        """
    )
    site = config.site
    assert (site.home, site.copyright) == ("https://example.org/", "© 2026 Mills")
    assert (site.editor, site.footer) == ("ann@example.org (Ann)", "One\n\ntwo")
    assert site.css is not None
    assert site.css.name == "site.css"
    assert site.css.is_absolute()
    assert config.pages.templates == Path("/srv/templates")


@pytest.mark.parametrize("setting", ["site.css", "pages.templates"])
@pytest.mark.parametrize("folder", ["drop", "public"])
def test_the_owner_s_files_are_neither_articles_nor_public(setting: str, folder: str) -> None:
    section, _, key = setting.partition(".")
    said = problem(f"[{section}]\n{key} = '{folder}/own'")
    assert said.startswith(f"{setting}: ")
    assert f"is in the {folder} folder" in said


# What is wrong with one value


@pytest.mark.parametrize(
    ("section", "setting", "expected"),
    [
        ("site", 'title = ""', "a text that is not empty"),
        ("site", "title = 5", "a text in quotes"),
        ("site", 'title = "a\\u0000b"', "without control characters"),
        ("site", 'url = "example.org"', "https:// or http://"),
        ("site", 'url = "ftp://example.org/"', "https:// or http://"),
        ("site", 'url = "https:///path"', "https:// or http://"),
        ("site", 'url = "https://example.org/?a=1"', "without ? and #"),
        ("site", 'url = "https://example.org:99999/"', "https:// or http://"),
        ("site", 'url = "https://exa mple.org/"', "https:// or http://"),
        ("site", 'language = "english language"', '"de-AT"'),
        ("site", 'language = "en_US"', '"de-AT"'),
        ("site", 'timezone = "Europe/Viena"', 'Did you mean "Europe/Vienna"?'),
        ("site", 'timezone = "../../etc/passwd"', '"Europe/Vienna"'),
        ("site", 'timezone = ""', '"Europe/Vienna"'),
        ("site", 'icon = "data:image/png;base64,x"', "below [site] url"),
        ("site", 'icon = "//example.org/i.png"', "below [site] url"),
        ("site", 'hub = "hub.example.org"', "https:// or http://"),
        ("site", 'home = "/news"', "https:// or http://"),
        ("site", 'editor = "Ann Miller"', '"ann@example.org (Ann Miller)"'),
        ("site", 'editor = "ann@example.org Ann"', '"ann@example.org (Ann Miller)"'),
        ("site", f'footer = "{"a" * 5_001}"', "at most 5,000 characters"),
        ("site", 'footer = "a\\u0000b"', "without control characters"),
        ("site", 'copyright = "a\\nb"', "a text on one line"),
        ("site", 'css = "~/site.css"', "without ~"),
        ("pages", 'templates = ""', "a text that is not empty"),
        ("drop", 'folder = ""', "a text that is not empty"),
        ("drop", 'folder = "~/drop"', "without ~"),
        ("drop", 'after = "archve"', '"keep" or "archive". Did you mean "archive"?'),
        ("drop", 'unpublished = "yes"', '"hold" or "publish"'),
        ("drop", 'default_topic = " "', "a text that is not empty"),
        ("drop", "settle_seconds = 0", "a number above 0"),
        ("drop", 'settle_seconds = "1s"', "a number above 0"),
        ("drop", "settle_seconds = nan", "a number above 0"),
        ("drop", "rescan_seconds = inf", "a number above 0"),
        ("drop", "withdraw_after_seconds = -1", "a number above 0"),
        ("drop", "poll = true", '"auto", "always" or "never"'),
        ("drop", "max_bytes = 1.5", "a whole number from 1,000 to 50,000,000"),
        ("drop", "max_bytes = true", "a whole number from 1,000 to 50,000,000"),
        ("drop", 'ignore = "*.bak"', "a list of texts in [ ]"),
        ("drop", 'ignore = ["a", "a"]', "each value only once"),
        ("drop", "ignore = [1]", "a text in quotes"),
        ("drop", "withdraw_share = 1.1", "a number from 0 to 1"),
        ("drop", 'receipts = "some"', '"problems", "all" or "off"'),
        ("drop", "undo_minutes = -1", "a number of at least 0"),
        ("feeds", "min_entries = 0", "a whole number from 1"),
        ("feeds", "min_days = -1", "a whole number from 0"),
        ("feeds", "max_bytes = 9_999", "a whole number from 10,000"),
        ("feeds", "formats = []", 'at least one of "rss", "atom" or "json"'),
        ("feeds", 'formats = ["rss", "rss"]', "each value only once"),
        ("feeds", 'formats = ["rdf"]', '"rss", "atom" or "json"'),
        ("serve", "port = 65_536", "a whole number from 0 to 65,535"),
        ("serve", 'host = "a b"', "a host name or an IP address"),
        ("topics", 'strict = "yes"', "true or false"),
        ("topics", 'translations = "both"', '"one" or "all"'),
        ("topics", "most = 0", "a whole number from 1 to 1,000,000"),
    ],
)
def test_a_wrong_value_is_named_with_its_key_and_what_was_expected(
    section: str, setting: str, expected: str
) -> None:
    said = problem(f"[{section}]\n{setting}")
    key = setting.partition(" ")[0]
    assert said.startswith(f"{section}.{key}: found ")
    assert expected in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[site]\ntitel = 'a'", 'site.titel: unknown key. Did you mean "title"?'),
        ("[drop]\nxyzzy = 1", "drop.xyzzy: unknown key."),
        ("[sites]", "[sites]: unknown section. Did you mean [site]?"),
        ("title = 'a'", "title: it is above the first section; move it below [site]."),
        ("xyzzy = 1", "xyzzy: unknown key."),
        ("site = 1", "site: found 1, expected a section that starts with [site]."),
        (
            "[topics]\nAI = 'x'",
            'topics.AI: found "x", expected a section that starts with [topics."AI"].',
        ),
        (
            '[topics."A B"]\nalias = ["x"]',
            'topics."A B".alias: unknown key. Did you mean "aliases"?',
        ),
        ("[topics.' ']", 'topics." ": the name of the topic is empty or not printable.'),
        (
            "[searches]\nname = 'a'",
            "searches: found a table, expected sections that start with [[searches]].",
        ),
        (
            "[[searches]]\nname = 'a'\nquery = 'b'\n[[searches]]\nname = 'c'\ntopics = []",
            "searches[2].name: the search has no condition. Give it at least one of query, topics,"
            " topics_all, topics_none, authors, provider, language, min_quality.",
        ),
    ],
)
def test_what_belongs_nowhere_is_named_and_the_likely_place_given(text: str, said: str) -> None:
    assert problem(text) == said


def test_all_mistakes_are_told_at_once() -> None:
    text = "[site]\nurl = 'x'\nlanguage = '?'\n[drop]\npoll = 1\n[feeds]\nmin_entries = 0\n[x]\n"
    assert len(problems(text)) == 5


def test_the_error_names_the_file_and_every_problem() -> None:
    with pytest.raises(ConfigError) as caught:
        parse("[drop]\npoll = 1\nafter = 2")
    message = str(caught.value)
    assert "/etc/feedmill/feedmill.toml" in message
    assert "drop.poll" in message
    assert "drop.after" in message


@pytest.mark.parametrize(
    ("text", "place"),
    [("[site]\ntitle = \n", "line 2, column 9: "), ("[site\n", "line 1, column 6: ")],
)
def test_a_syntax_error_is_told_with_line_and_column(text: str, place: str) -> None:
    assert problem(text).startswith(place)


def test_a_long_value_is_shown_shortened() -> None:
    assert len(problem(f"[site]\nurl = '{'x' * 10_000}'")) < 300


# What is wrong between values


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("[drop]\nfolder = 'a'\n[feeds]\nfolder = 'b/../a'", "drop.folder, feeds.folder: both"),
        ("[drop]\nfolder = 'a'\n[feeds]\nfolder = 'a/public'", "feeds.folder: "),
        ("[drop]\nfolder = 'public/in'", "drop.folder: "),
        ("[store]\npath = 'public/feedmill.db'", "store.path: "),
        ("[store]\npath = 'drop/feedmill.db'", "store.path: "),
        ("[drop]\nreceipts_folder = 'public'", "drop.receipts_folder: "),
        ("[drop]\nassets = 'public'", "drop.assets: "),
        ("[drop]\nassets = 'public/media'", "drop.assets: "),
        ("[drop]\nreceipts_folder = 'drop'", "drop.receipts_folder: "),
        ("[drop]\nsettle_seconds = 300", "drop.settle_seconds: "),
        ('[topics.AI]\n[topics."ai "]', 'topics."ai ": is the same topic as topics."AI"'),
        (
            "[topics.A]\naliases = ['x']\n[topics.B]\naliases = [' X']",
            'topics."B".aliases: " X" already belongs to topics."A"',
        ),
        (
            "[topics.A]\naliases = ['b']\n[topics.B]",
            'topics."A".aliases: "b" already belongs to topics."B"',
        ),
        (
            "[[searches]]\nname = 'A'\nquery = 'b'\n[[searches]]\nname = 'a'\nquery = 'c'",
            'searches: the name "a" is used twice',
        ),
    ],
)
def test_values_that_do_not_fit_together_are_named(text: str, keys: str) -> None:
    assert problem(text).startswith(keys)


@pytest.mark.parametrize(
    "text",
    [
        "[drop]\nfolder = 'public-in'",
        "[drop]\nfolder = '../drop'\n[feeds]\nfolder = '.'\n[store]\npath = '../x.db'",
        "[drop]\nreceipts_folder = 'drop/.receipts'",
        "[topics.A]\naliases = ['a', 'A  ']",
    ],
)
def test_values_that_only_look_alike_are_fine(text: str) -> None:
    assert parse(text).path is not None


# Where the file is


def test_the_option_goes_before_the_environment_and_that_before_the_folder(tmp_path: Path) -> None:
    (tmp_path / "feedmill.toml").write_text("")
    environ = {"FEEDMILL_CONFIG": "/etc/b.toml"}
    assert find_config(Path("a.toml"), environ, tmp_path) == tmp_path / "a.toml"
    assert find_config(None, environ, tmp_path) == Path("/etc/b.toml")
    assert find_config(None, {}, tmp_path) == tmp_path / "feedmill.toml"
    assert find_config(None, {"FEEDMILL_CONFIG": ""}, tmp_path / "nowhere") is None


def test_without_a_file_the_defaults_hold_in_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    config = load_config(None)
    assert config.path is None
    assert config.drop.folder == tmp_path / "drop"


def test_paths_are_relative_to_the_file_and_not_to_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "feedmill.toml").write_text("")
    monkeypatch.chdir(tmp_path)
    config = load_config(Path("etc/feedmill.toml"))
    assert config.path == tmp_path / "etc" / "feedmill.toml"
    assert config.store_path == tmp_path / "etc" / "feedmill.db"


@pytest.mark.parametrize("name", ["missing.toml", "."])
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(tmp_path / name)


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    path = tmp_path / "feedmill.toml"
    path.write_bytes(b'[site]\ntitle = "\xff"')
    with pytest.raises(ConfigError, match="byte 17"):
        load_config(path)
