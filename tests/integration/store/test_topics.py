"""Topics: slips are noticed, strictness is kept, and an address once given away stays alive."""

import json
from dataclasses import replace

import pytest

from tests.integration.house import article
from worker.config.model import Search, TopicRule
from worker.core.errors import RequestError
from worker.service.command_queue import Request
from worker.service.once import rebuild
from worker.store import topics as topics_module


def receipt(house, path: str) -> str:
    return " ".join((house.drop / f"{path}.feedmill.txt").read_text("utf-8").split())


def codes(house, path: str) -> list[str]:
    return [problem.code for problem in house.worker.ledger.at(path).problems]


def test_a_new_topic_one_letter_from_an_older_one_draws_a_warning_with_the_suggestion(house):
    house.write("a.md", article("A", topics="[AWS AI]"))
    house.reconcile()
    house.write("b.md", article("B", topics="[Ferries, AWS Al]"))
    house.reconcile(5)
    assert house.verdict("b.md") == "accepted"
    said = receipt(house, "b.md")
    assert "Line 3, column 1: The topic `AWS Al` is new and almost the same as `AWS AI`" in said
    assert "Did you mean `AWS AI`?" in said
    assert codes(house, "a.md") == []

    house.write("b.md", article("B", topics="[Ferries, AWS AI]"), age=1)
    house.reconcile(5)
    assert codes(house, "b.md") == []
    assert sorted(house.titles("topics/aws-ai")) == ["A", "B"]


def test_a_slip_is_still_told_after_an_edit_that_did_not_cure_it(house):
    house.write("a.md", article("A", topics="Harbours"))
    house.write("b.md", article("B", topics="Harbors"))
    house.reconcile()
    house.write("b.md", article("B again", topics="Harbors"), age=1)
    house.reconcile(5)
    assert codes(house, "b.md") == ["topic-typo"]


def test_a_topic_that_others_are_on_is_no_slip(house):
    house.write("1.md", article("1", topics="Wines"))
    house.write("2.md", article("2", topics="Vines"))
    house.reconcile()
    house.write("3.md", article("3", topics="Vines"))
    house.reconcile(5)
    assert codes(house, "3.md") == []


def test_a_configured_topic_is_known_before_any_article_is_on_it(house):
    house.restart(topics=(TopicRule("Lighthouses", aliases=("Beacons",)),))
    house.write("a.md", article("A", topics="Lighthuoses"))
    house.write("b.md", article("B", topics="Bacons"))
    house.write("c.md", article("C", topics="lighthouses"))
    house.reconcile()
    assert "`Lighthouses`" in receipt(house, "a.md")
    assert "`Lighthouses`" in receipt(house, "b.md")
    assert codes(house, "c.md") == []


@pytest.fixture
def strict(house):
    rules = (TopicRule("AWS AI", aliases=("Amazon AI",)), TopicRule("Tides"))
    house.restart(topics=rules, strict_topics=True)
    return house


def test_with_strict_an_unknown_topic_rejects_the_file_and_names_the_likely_one(strict):
    strict.write("a.md", article("A", topics="[Tides, AWS Al]"))
    strict.write("b.md", article("B", topics="[amazon ai]"))
    strict.write("Gossip/c.md", article("C"))
    strict.write("d.md", article("D"))
    strict.reconcile()
    assert strict.verdict("a.md") == strict.verdict("Gossip/c.md") == "rejected"
    assert sorted(strict.titles()) == ["B", "D"]
    assert "Line 3, column 1: This site has no topic `AWS Al`." in (receipt(strict, "a.md"))
    assert "Did you mean `AWS AI`?" in receipt(strict, "a.md")
    assert "the name of its folder" in receipt(strict, "Gossip/c.md")
    assert not strict.rows("SELECT 1 FROM topics WHERE key IN ('aws al', 'gossip')")


def test_strictness_judges_what_is_there_already_when_it_is_switched_on(house):
    house.write("a.md", article("A", topics="Gossip"))
    house.reconcile()
    house.restart(strict_topics=True)
    house.reconcile(5)
    assert house.verdict("a.md") == "rejected"
    assert house.titles() == ["A"]
    house.restart(topics=(TopicRule("Gossip"),))
    house.reconcile(5)
    assert house.verdict("a.md") == "accepted"


def test_an_article_without_topics_is_never_too_strict_for(strict):
    strict.restart(drop=replace(strict.config.drop, default_topic="Anything"))
    strict.write("a.md", article("A"))
    strict.reconcile()
    assert strict.titles("topics/anything") == ["A"]


# -- renaming and merging


def told(house, command: str, *arguments: str) -> str:
    text = house.worker.handler.handle(Request(command, arguments))
    house.turn()
    return text


def test_a_renamed_topic_keeps_its_address_its_feed_s_id_and_its_entries(house):
    house.write("a.md", article("A", topics="[AWS, Ferries]"))
    house.reconcile()
    before = house.feed("topics/aws")
    text = told(house, "rename-topic", "aws", "Amazon Web Services")
    assert "https://house.example/topics/aws.rss" in text
    after = house.feed("topics/aws")
    assert after.feed.id == before.feed.id
    assert after.feed.title == "Amazon Web Services – House"
    assert [entry.id for entry in after.entries] == [entry.id for entry in before.entries]
    assert [tag.label for tag in house.feed().entries[0].tags] == [
        "Amazon Web Services",
        "Ferries",
    ]
    assert not (house.public / "topics/amazon-web-services.rss").exists()
    assert "Amazon Web Services" in (house.public / "feeds.opml").read_text("utf-8")


def test_files_that_use_a_topic_s_old_or_new_name_land_on_it_for_ever(house):
    house.write("a.md", article("A", topics="AWS"))
    house.reconcile()
    told(house, "rename-topic", "AWS", "Amazon")
    told(house, "rename-topic", "Amazon", "Cloud")
    house.restart()
    for number, name in enumerate(("aws", "AMAZON", "Cloud")):
        house.write(f"{number}.md", article(str(number), topics=name))
    house.reconcile()
    assert sorted(house.titles("topics/aws")) == ["0", "1", "2", "A"]
    assert house.rows("SELECT name, slug FROM topics") == [("Cloud", "aws")]


def test_a_topic_may_get_its_old_name_back_or_another_spelling(house):
    house.write("a.md", article("A", topics="AWS"))
    house.reconcile()
    told(house, "rename-topic", "AWS", "Amazon")
    told(house, "rename-topic", "Amazon", "aws")
    assert house.rows("SELECT name FROM topics") == [("aws",)]
    told(house, "rename-topic", "aws", "AWS")
    assert house.rows("SELECT name FROM topics") == [("AWS",)]
    assert "already" in told(house, "rename-topic", "AWS", "AWS")
    assert house.feed("topics/aws").feed.title == "AWS – House"


def test_a_name_that_another_topic_has_is_refused_with_the_way_to_merge(house):
    house.write("a.md", article("A", topics="[AWS, Amazon]"))
    house.reconcile()
    with pytest.raises(RequestError, match="feedmill topics merge 'AWS' 'Amazon'"):
        told(house, "rename-topic", "AWS", "amazon")


@pytest.mark.parametrize("name", ["", " ", "a, b", "x" * 101])
def test_what_could_be_no_topic_s_name_is_refused(house, name):
    house.write("a.md", article("A", topics="AWS"))
    house.reconcile()
    with pytest.raises(RequestError):
        told(house, "rename-topic", "AWS", name)


def test_an_unknown_topic_is_refused_with_the_likely_one(house):
    house.write("a.md", article("A", topics="Lighthouses"))
    house.reconcile()
    with pytest.raises(RequestError, match="Did you mean “Lighthouses”"):
        told(house, "rename-topic", "Lighthuoses", "Beacons")
    with pytest.raises(RequestError, match="feedmill topics"):
        told(house, "merge-topics", "Lighthouses", "Zebras")


def test_a_merged_topic_s_articles_stand_in_both_feeds_and_the_old_address_stays_alive(house):
    house.write("a.md", article("A", topics="AWS"))
    house.write("b.md", article("B", topics="Amazon"))
    house.write("c.md", article("C", topics="[AWS, Amazon]"))
    house.reconcile()
    before = house.feed("topics/aws").feed.id
    text = told(house, "merge-topics", "AWS", "Amazon")
    assert "https://house.example/topics/aws.rss stays" in text
    assert sorted(house.titles("topics/aws")) == ["A", "B", "C"]
    assert sorted(house.titles("topics/amazon")) == ["A", "B", "C"]
    merged = house.feed("topics/aws").feed
    assert (merged.id, merged.title) == (before, "Amazon – House")
    assert house.rows("SELECT name FROM topics") == [("Amazon",)]

    house.write("d.md", article("D", topics="aws"))
    house.reconcile(5)
    house.delete("b.md")
    house.restart()
    house.reconcile(5)
    for key in ("topics/aws", "topics/amazon"):
        assert sorted(house.titles(key)) == ["A", "C", "D"]


def test_newcomers_are_shown_the_living_topic_only(house):
    house.write("a.md", article("A", topics="[AWS, Amazon]"))
    house.reconcile()
    told(house, "merge-topics", "AWS", "Amazon")
    for path in ("feeds.opml", "index.html"):
        text = (house.public / path).read_text("utf-8")
        assert "topics/amazon." in text
        assert "topics/aws." not in text


def test_merging_again_and_again_keeps_every_address_alive(house):
    house.write("a.md", article("A", topics="One"))
    house.write("b.md", article("B", topics="Two"))
    house.write("c.md", article("C", topics="Three"))
    house.reconcile()
    told(house, "merge-topics", "One", "Two")
    told(house, "merge-topics", "Two", "Three")
    assert "one topic already" in told(house, "merge-topics", "One", "Three")
    for key in ("topics/one", "topics/two", "topics/three"):
        assert sorted(house.titles(key)) == ["A", "B", "C"]


def test_a_merged_topic_s_address_is_not_given_to_another(house):
    house.write("a.md", article("A", topics="[C++, C]"))
    house.reconcile()
    slug = house.rows("SELECT slug FROM topics WHERE name = 'C++'")[0][0]
    told(house, "merge-topics", "C++", "C")
    house.write("b.md", article("B", topics=f"'{slug.replace('-', ' ')}'"))
    house.reconcile(5)
    assert house.titles(f"topics/{slug}") == ["A"]


def test_a_standing_search_on_a_topic_follows_it_through_a_new_name(house):
    house.restart(searches=(Search("Both", "text", topics=("AWS",)),))
    house.write("a.md", article("A", topics="AWS"))
    house.reconcile()
    told(house, "rename-topic", "AWS", "Amazon")
    house.write("b.md", article("B", topics="Amazon"))
    house.reconcile(5)
    assert sorted(house.titles("searches/both")) == ["A", "B"]


def test_a_configured_topic_is_renamed_with_a_word_about_the_configuration(house):
    house.restart(topics=(TopicRule("AWS", description="Clouds", match="bedrock"),))
    house.write("a.md", article("A", topics="AWS"))
    house.write("b.md", article("B", body="On bedrock."))
    house.reconcile()
    assert 'In feedmill.toml, call it [topics."Amazon"] too.' in told(
        house, "rename-topic", "AWS", "Amazon"
    )
    for rules in (house.config.topics, (TopicRule("Amazon", match="bedrock"),)):
        house.restart(topics=rules)
        house.reconcile(60)
        assert sorted(house.titles("topics/aws")) == ["A", "B"]
        assert house.rows("SELECT name FROM topics WHERE slug = 'aws'") == [("Amazon",)]


def test_renaming_and_merging_survive_a_rebuild_to_the_byte(house):
    house.write("a.md", article("A", topics="AWS"))
    house.write("b.md", article("B", topics="Ferries"))
    house.reconcile()
    told(house, "rename-topic", "AWS", "Amazon")
    told(house, "merge-topics", "Ferries", "Amazon")
    house.reconcile(61)  # the search index is behind by a minute
    before = house.public_files()
    rebuild(house.worker)
    assert house.public_files() == before


# -- deleting


def moved(house) -> dict[str, str | None]:
    path = house.public / ".moved.json"
    return json.loads(path.read_bytes()) if path.exists() else {}


def files_of(house, slug: str) -> set[str]:
    paths = (path for path in house.public_files() if path.split(".")[0].endswith(f"/{slug}"))
    return {path for path in paths if path.startswith("topics/")}


def test_a_topic_without_articles_is_deleted_in_every_format_and_returns_at_its_address(house):
    house.write("a.md", article("A", topics="[AWS, Ferries]"))
    house.write("b.md", article("B", topics="Ferries"))
    house.reconcile()
    files, feed = files_of(house, "aws"), house.feed("topics/aws").feed.id
    assert len(files) == 4
    house.delete("a.md")
    assert house.titles("topics/aws") == []
    assert "topics/aws." not in (house.public / "feeds.opml").read_text()
    assert "deleted" in told(house, "delete-topic", "aws")
    assert files_of(house, "aws") == set()
    assert moved(house) == dict.fromkeys({*files, *moved(house)})
    assert moved(house).keys() >= files
    assert house.rows("SELECT name FROM topics") == [("Ferries",)]
    assert "topics/aws." not in (house.public / "index.html").read_text()
    house.reconcile(600)
    before = house.public_files()
    house.restart()
    house.reconcile(600)
    assert house.public_files() == before

    house.write("c.md", article("C", topics="AWS"))
    house.reconcile(5)
    assert house.titles("topics/aws") == ["C"]
    assert house.feed("topics/aws").feed.id == feed
    assert not files & moved(house).keys()


def test_a_topic_that_returns_before_its_files_are_removed_keeps_its_address(house):
    house.write("a.md", article("A", topics="[AWS, Ferries]"))
    house.reconcile()
    house.delete("a.md")
    house.worker.handler.handle(Request("delete-topic", ("AWS",)))
    house.write("b.md", article("B", topics="AWS"))
    house.reconcile(5)
    assert house.titles("topics/aws") == ["B"]
    assert not [path for path in moved(house) if path.startswith("topics/aws")]


def test_a_topic_of_several_feeds_goes_with_all_of_them_and_its_other_names(house):
    house.write("a.md", article("A", topics="AWS"))
    house.write("b.md", article("B", topics="Cloud"))
    house.reconcile()
    told(house, "merge-topics", "AWS", "Cloud")
    house.delete("a.md")
    house.delete("b.md")
    told(house, "delete-topic", "AWS")
    assert files_of(house, "aws") == files_of(house, "cloud") == set()
    assert house.rows("SELECT * FROM topics UNION ALL SELECT *, 1 FROM topic_aliases") == []


@pytest.mark.parametrize("fields", [{}, {"draft": "true"}, {"expires": "2026-01-01"}])
def test_a_topic_that_a_file_names_is_not_deleted(house, fields):
    house.write("a.md", article("A", topics="AWS", **fields))
    house.reconcile()
    before = house.public_files()
    with pytest.raises(RequestError, match=r"articles are on it: a\.md") as refused:
        told(house, "delete-topic", "AWS")
    assert "feedmill topics merge 'AWS' OTHER" in refused.value.fix
    assert house.public_files() == before


@pytest.mark.parametrize("point", ["removal-before-commit", "removal-after-commit"])
def test_a_worker_that_is_killed_while_a_topic_goes_is_repaired(house, monkeypatch, point):
    class KilledError(BaseException):
        """Nothing in the worker catches it, as nothing catches SIGKILL."""

    def die(at: str) -> None:
        if at == point:
            raise KilledError

    house.write("a.md", article("A", topics="[AWS, Ferries]"))
    house.write("b.md", article("B", topics="Ferries"))
    house.reconcile()
    files = files_of(house, "aws")
    house.delete("a.md")
    with monkeypatch.context() as patch:
        patch.setattr("worker.publishing.publisher.reach", die)
        with pytest.raises(KilledError):
            told(house, "delete-topic", "aws")
    house.stop()
    house.start()
    house.reconcile(600)
    assert files_of(house, "aws") == set()
    assert moved(house).keys() >= files
    recorded = {row[0] for row in house.rows("SELECT path FROM public_files")}
    assert recorded == house.public_files().keys() - {".moved.json"}


def test_a_topic_that_the_configuration_names_is_not_deleted(house):
    house.restart(topics=(TopicRule("AWS"),))
    house.reconcile()
    with pytest.raises(RequestError, match="the configuration names it"):
        told(house, "delete-topic", "AWS")
    assert "topics/aws." in (house.public / "feeds.opml").read_text()


def test_a_search_leaves_the_list_with_its_section_and_is_then_deleted(house):
    house.restart(searches=(Search("Texts", "text"),))
    house.write("a.md", article("A"))
    house.reconcile()
    with pytest.raises(RequestError, match="the configuration has it"):
        told(house, "delete-topic", "Texts")
    house.restart(searches=())
    house.reconcile()
    assert house.titles("searches/texts") == []
    assert "searches/texts." not in (house.public / "feeds.opml").read_text()
    told(house, "delete-topic", "texts")
    assert moved(house).keys() >= {f"searches/texts.{name}" for name in ("rss", "json", "html")}
    with pytest.raises(RequestError, match="no such topic"):
        told(house, "delete-topic", "texts")


def test_a_folder_that_cannot_be_written_keeps_a_deleted_topic_until_it_can(house):
    house.write("a.md", article("A", topics="[AWS, Ferries]"))
    house.reconcile()
    house.delete("a.md")
    kept = (house.public / ".moved.json").read_bytes()
    (house.public / ".moved.json").unlink()
    (house.public / ".moved.json").mkdir()
    told(house, "delete-topic", "AWS")
    assert files_of(house, "aws")
    (house.public / ".moved.json").rmdir()
    (house.public / ".moved.json").write_bytes(kept)
    house.reconcile(60)
    assert files_of(house, "aws") == set()


# -- how much a likely slip costs


def test_a_likely_slip_is_found_among_thousands_and_after_a_renaming(house):
    with house.worker.database.transaction():
        for number in range(3000):
            house.worker.ingestor.placement.topics.named(f"Topic {chr(0x4E00 + number)}")
    house.write("a.md", article("A", topics="[Harbours, Ferries]"))
    house.reconcile()
    told(house, "rename-topic", "Ferries", "Boats and ships")
    house.write("b.md", article("B", topics="[Harbour, Boat and ships]"))
    house.reconcile(5)
    assert codes(house, "b.md") == ["topic-typo", "topic-typo"]


def test_the_work_for_a_new_topic_does_not_grow_with_the_number_of_topics(house, monkeypatch):
    """Each topic is one letter from every other: the worst that an author can do."""
    compared, steps, work = [], [], []
    edits = topics_module.is_one_edit_away
    monkeypatch.setattr(
        topics_module, "is_one_edit_away", lambda *keys: compared.append(keys) or edits(*keys)
    )
    connection = house.worker.database.execute("SELECT 1").connection
    connection.set_progress_handler(lambda: steps.append(1), 10)
    for number in range(40):
        names = ", ".join(f"Topic {chr(0x4E00 + 50 * number + n)}" for n in range(50))
        house.write(f"{number}.md", article(f"A {number}", topics=f"[{names}]"))
        del compared[:], steps[:]
        looked = house.worker.inbox.look(f"{number}.md")
        list(house.worker.ingestor.take({f"{number}.md": looked.fingerprint}))
        work.append((len(compared), len(steps)))
    assert all(comparisons <= 50 * topics_module.MOST_COMPARED for comparisons, _ in work)
    assert work[-1][0] > 0
    assert work[-1][1] < 1.5 * work[4][1]


# -- a limit on topics


@pytest.fixture
def small(house):
    house.restart(most_topics=3)
    house.write("a.md", article("A", topics="[One, Two, Three]"))
    house.reconcile()
    return house


def test_a_topic_beyond_the_limit_is_not_made_and_its_author_is_told_where_and_why(small):
    small.write("b.md", article("B", topics="[One, Four, Five]"))
    small.reconcile()
    assert small.verdict("b.md") == "accepted"
    assert sorted(small.titles("topics/one")) == ["A", "B"]
    assert small.titles("topics/news") == ["B"]
    assert not (small.public / "topics" / "four.atom").exists()
    said = receipt(small, "b.md")
    assert "Line 3, column 1: The topics `Four`, `Five` are new" in said
    assert "already has 3 topics" in said
    assert "The article is in `News` instead." in said
    assert "topics.most" in said
    assert codes(small, "b.md") == ["topic-limit"]


def test_a_folder_s_name_is_held_to_the_limit_too(small):
    small.write("harbour/b.md", article("B"))
    small.reconcile()
    assert small.titles("topics/news") == ["B"]
    assert codes(small, "harbour/b.md") == ["topic-limit"]


def test_configured_topics_and_their_other_names_do_not_need_room(small):
    small.restart(topics=(TopicRule("Lighthouses", aliases=("Beacons",)),))
    small.write("b.md", article("B", topics="Beacons"))
    small.reconcile()
    assert small.titles("topics/lighthouses") == ["B"]
    assert codes(small, "b.md") == []


def test_topics_that_are_there_stay_when_the_limit_is_lowered(small):
    small.restart(most_topics=1)
    small.reconcile()
    small.write("b.md", article("B", topics="Two"))
    small.reconcile(5)
    assert sorted(small.titles("topics/two")) == ["A", "B"]


def test_with_a_higher_limit_the_articles_come_to_their_topics(small):
    small.write("b.md", article("B", topics="Four"))
    small.reconcile()
    small.restart(most_topics=5)  # the default topic is the fourth
    small.reconcile()
    assert small.titles("topics/four") == ["B"]
    assert small.titles("topics/news") == []
    assert codes(small, "b.md") == []


def test_withdrawn_articles_leave_no_more_topics_and_files_than_the_limit(small):
    for number in range(10):
        names = ", ".join(f"Made up {number} {n}" for n in range(20))
        small.write(f"{number}.md", article(f"N {number}", topics=f"[{names}]"))
    small.reconcile()
    files = len(small.public_files())
    for number in range(10):
        (small.drop / f"{number}.md").unlink()
    small.worker.intake.same_root = True
    small.reconcile()
    small.clock.pass_time(60)
    small.worker.intake.withdraw(allow_mass=True)
    small.reconcile()
    assert small.titles() == ["A"]
    # The three, and the default topic.
    assert small.rows("SELECT count(*) FROM topics") == [(4,)]
    assert small.rows("SELECT count(*) FROM feeds WHERE kind = 'topic'") == [(4,)]
    assert len(small.public_files()) <= files
    index = (small.public / "index.html").read_text("utf-8")
    assert "Made up" not in index


def test_topics_beyond_the_limit_that_one_transaction_undid_are_counted_anew(small):
    small.restart(most_topics=4)
    topics = small.worker.ingestor.placement.topics
    with small.worker.database.rehearsal():
        assert topics.named("Four")
        assert topics.named("Five") is None
    topics.forget_cache()
    with small.worker.database.transaction():
        assert topics.named("Five")
        assert topics.named("Six") is None
