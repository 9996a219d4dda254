"""What the path of a file says: topics, language, translations."""

import pytest

from worker.core.paths import language_in, topics_of_folder, translation_key


@pytest.mark.parametrize(
    ("path", "topics"),
    [
        ("a.md", ()),
        ("rivers/a.md", ("rivers",)),
        ("water/rivers/a.md", ("rivers",)),
        ("_posts/2026-05-01-a.md", ()),
        ("en/news/_posts/2026-05-01-a.md", ("en", "news")),
        ("news/_posts/old/2026-05-01-a.md", ("news",)),
        ("src/news/_drafts/a.md", ("news",)),
        ("content/posts/a.md", ()),
        ("Content/Post/a.md", ()),
        ("src/content/blog/a.md", ()),
        ("rivers/posts/a.md", ("rivers",)),
        ("posts/trip/index.md", ()),
        ("rivers/trip/index.md", ("rivers",)),
        ("rivers/trip/index.ja.md", ("rivers",)),
        ("rivers/trip/notes.md", ("trip",)),
        ("index.md", ()),
        ("/".join(["_posts"] * 10_000) + "/a.md", ()),
    ],
)
def test_topics_are_the_folders_that_the_author_meant(path: str, topics: tuple[str, ...]) -> None:
    assert topics_of_folder(path) == topics


@pytest.mark.parametrize(
    ("path", "language", "key"),
    [
        ("trip/index.ja.md", "ja", "trip/index.md"),
        ("post.zh-cn.md", "zh-CN", "post.md"),
        ("post.zh_hant_tw.html", "zh-Hant-TW", "post.html"),
        ("a/post.es-419.md", "es-419", "a/post.md"),
        ("post.md", "", "post.md"),
        ("ja.md", "", "ja.md"),
        (".ja.md", "", ".ja.md"),
        ("notes.v2.md", "", "notes.v2.md"),
        ("notes.xx.md", "", "notes.xx.md"),
        ("notes.md-x.md", "", "notes.md-x.md"),
        ("app.ts.md", "", "app.ts.md"),
        ("de.ja/post.md", "", "de.ja/post.md"),
        ("post", "", "post"),
    ],
)
def test_a_name_has_the_language_of_a_translation(path: str, language: str, key: str) -> None:
    assert (language_in(path), translation_key(path)) == (language, key)
