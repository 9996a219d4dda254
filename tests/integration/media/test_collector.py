"""What worker/media promises: the picture is in place before the feed that shows it, and goes
after it."""

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.integration.house import House, article
from tests.integration.media.files import png, svg
from worker.config.model import Media
from worker.core.paths import split
from worker.core.stages import FileResult
from worker.inbox.hint_queue import Hints

BOAT = "A trip. ![A boat](feedmill:media/trip/boat.png)"


def address(data: bytes, extension: str = "png") -> str:
    return f"media/{hashlib.sha256(data).hexdigest()[:32]}.{extension}"


def public(house: House) -> list[str]:
    folder = house.public / "media"
    return sorted(f"media/{path.name}" for path in folder.iterdir()) if folder.is_dir() else []


def content(house: House, title: str = "Title") -> str:
    entries = {entry.title: entry for entry in house.feed().entries}
    return str(entries[title].content[0].value)


def codes(house: House, path: str) -> list[str]:
    return [problem.code for problem in house.worker.ledger.at(path).problems]


def test_a_picture_beside_the_article_is_published_with_its_size(house: House) -> None:
    house.write("trip/boat.png", png(3, 2))
    house.write("trip/index.md", article(body=BOAT))
    house.reconcile()
    path = address(png(3, 2))
    assert (house.public / path).read_bytes() == png(3, 2)
    wanted = f'src="https://house.example/{path}" alt="A boat" width="3" height="2">'
    entry = json.loads((house.public / "all.json").read_bytes())["items"][0]
    assert wanted in entry["content_html"]
    assert codes(house, "trip/index.md") == []


def test_a_picture_of_a_note_is_found_by_its_name_wherever_it_is(house: House) -> None:
    house.write("notes/trip.md", article(body="Out. ![[boat.png]] ![[far/dock.png]]"))
    house.reconcile()
    assert codes(house, "notes/trip.md") == ["missing-media", "missing-media"]
    house.write("a/deep/boat.png", png(9, 9))
    house.write("files/boat.png", png(3, 2))
    house.write("files/far/dock.png", png(4, 4))
    house.write("files/.hidden/boat.png", png(5, 5))
    house.reconcile()
    assert codes(house, "notes/trip.md") == []
    assert public(house) == sorted([address(png(3, 2)), address(png(4, 4))])
    (house.drop / "files/boat.png").unlink()
    house.reconcile()
    assert address(png(9, 9)) in content(house)


def test_a_picture_is_in_place_before_a_feed_names_it(house: House) -> None:
    seen: list[bool] = []

    def look() -> None:
        for feed in house.public.rglob("*.atom"):
            if address(png()).encode() in feed.read_bytes():
                seen.append((house.public / address(png())).is_file())

    house.between = look
    house.write("trip/boat.png", png())
    house.write("trip/index.md", article(body=BOAT))
    house.reconcile()
    look()
    assert seen
    assert all(seen)


def test_a_picture_that_comes_late_mends_the_article_and_does_not_update_it(house: House) -> None:
    house.write("trip/index.md", article(body=BOAT))
    house.reconcile()
    assert "<img" not in content(house)
    assert "A boat" in content(house)
    assert codes(house, "trip/index.md") == ["missing-media"]
    before = house.feed().entries[0].updated
    house.write("trip/boat.png", png())
    house.clock.pass_time(60)
    house.turn("trip/boat.png")
    house.turn()
    assert address(png()) in content(house)
    assert codes(house, "trip/index.md") == []
    assert house.feed().entries[0].updated == before


def test_the_warning_is_at_the_place_that_names_the_file(house: House) -> None:
    house.write("trip/index.md", article(body=f"One.\n\nTwo {BOAT}"))
    house.reconcile()
    problem = house.worker.ledger.at("trip/index.md").problems[0]
    assert problem.place == (7, 23)
    receipt = (house.drop / "trip/index.md.feedmill.txt").read_text()
    assert "trip/boat.png" in receipt
    assert "missing-media" in receipt


def test_the_warning_is_told_with_the_verdict(house: House) -> None:
    house.write("trip/index.md", article(body=BOAT))
    told: list[FileResult] = []
    house.worker.intake.tell = told.append
    house.reconcile()
    assert [problem.code for problem in told[-1].problems] == ["missing-media"]


def test_a_picture_that_goes_is_left_out_with_a_warning_to_all_its_authors(house: House) -> None:
    house.write("trip/boat.png", png())
    house.write("trip/index.md", article("One", body=BOAT))
    house.write("b.md", article("Two", body=BOAT))
    house.reconcile()
    (house.drop / "trip/boat.png").unlink()
    house.reconcile()
    assert public(house) == []
    assert address(png()) not in content(house, "One") + content(house, "Two")
    assert codes(house, "trip/index.md") == codes(house, "b.md") == ["missing-media"]


def test_a_picture_that_changes_gets_a_new_address(house: House) -> None:
    house.write("trip/boat.png", png())
    house.write("trip/index.md", article(body=BOAT))
    house.reconcile()
    house.write("trip/boat.png", png(5, 4), age=1)
    house.reconcile()
    assert public(house) == [address(png(5, 4))]
    assert address(png(5, 4)) in content(house)


def test_two_articles_share_one_file_and_the_last_one_takes_it_along(house: House) -> None:
    house.write("trip/boat.png", png())
    house.write("copy/same.png", png())
    house.write("a.md", article("One", body=BOAT))
    house.write("b.md", article("Two", body="A trip. ![A boat](feedmill:media/copy/same.png)"))
    house.reconcile()
    assert public(house) == [address(png())]
    house.delete("a.md")
    assert public(house) == [address(png())]
    house.delete("b.md")
    assert public(house) == []
    assert house.rows("SELECT path FROM public_files WHERE path LIKE 'media/%'") == []


def test_an_article_that_no_longer_shows_it_lets_it_go(house: House) -> None:
    house.write("trip/boat.png", png())
    house.write("a.md", article(body=BOAT))
    house.reconcile()
    house.write("a.md", article(body="No picture."), age=1)
    house.reconcile()
    assert public(house) == []


def test_nothing_of_an_article_that_is_not_public_is_copied(house: House) -> None:
    house.write("trip/boat.png", png())
    house.write("a.md", article(body=BOAT, draft="true"))
    house.reconcile()
    assert public(house) == []
    house.write("a.md", article(body=BOAT), age=1)
    house.reconcile()
    assert public(house) == [address(png())]


def test_a_scheduled_article_brings_its_picture_when_it_becomes_public(house: House) -> None:
    house.write("trip/boat.png", png())
    house.write("a.md", article(body=BOAT, date="2026-05-01T13:00:00Z"))
    house.reconcile()
    assert public(house) == []
    house.reconcile(seconds=3601)
    assert public(house) == [address(png())]
    assert address(png()) in content(house)


def test_a_second_look_writes_nothing(house: House) -> None:
    house.write("trip/boat.png", png())
    house.write("trip/index.md", article(body=BOAT))
    house.reconcile()
    before = house.public_files()
    house.reconcile(seconds=1000)
    house.restart()
    house.reconcile()
    assert house.public_files() == before


def test_front_matter_pictures_have_type_and_size(house: House) -> None:
    house.write("trip/boat.png", png(3, 2))
    house.write("a.md", article(cover="trip/boat.png"))
    house.reconcile()
    media = house.feed().entries[0].media_content[0]
    assert media["url"] == f"https://house.example/{address(png(3, 2))}"
    assert (media["width"], media["height"], media["type"]) == ("3", "2", "image/png")


def test_an_event_below_assets_is_enough(house: House, tmp_path: Path) -> None:
    assets = tmp_path / "static"
    (assets / "img").mkdir(parents=True)
    house.restart(drop=replace(house.config.drop, assets=assets))
    house.write("a.md", article(body="A trip. ![A boat](feedmill:asset/img/boat.png)"))
    house.reconcile()
    assert public(house) == []

    def change(shade: int, hints: Hints) -> None:
        (assets / "img/boat.png").write_bytes(png(3, 2, shade))
        house.clock.pass_time(60)
        house.worker.loop.turn(hints)
        house.turn()
        assert public(house) == [address(png(3, 2, shade))]

    change(0, Hints({"/img/boat.png": "ready"}, frozenset()))
    change(1, Hints({}, frozenset({"/"})))
    (assets / "img/boat.png").unlink()
    house.turn("/img/boat.png")
    house.turn()
    assert codes(house, "a.md") == ["missing-media"]


def test_assets_come_from_their_own_folder(house: House, tmp_path: Path) -> None:
    assets = tmp_path / "static"
    (assets / "img").mkdir(parents=True)
    (assets / "img/boat.svg").write_bytes(svg())
    house.restart(drop=replace(house.config.drop, assets=assets))
    house.write("a.md", article(body="A trip. ![A boat](feedmill:asset/img/boat.svg)"))
    house.reconcile()
    assert public(house) == [address(svg(), "svg")]
    assert 'width="30"' in content(house)
    (assets / "img/boat.svg").unlink()
    house.reconcile(seconds=301)
    assert public(house) == []


def test_without_the_setting_there_are_no_assets(house: House) -> None:
    house.write("a.md", article(body="A trip. ![A boat](/img/boat.svg)"))
    house.reconcile()
    assert codes(house, "a.md") == []
    assert 'src="https://house.example/img/boat.svg"' in content(house)


def test_an_assets_folder_that_is_not_accessible_keeps_what_is_public(
    house: House, tmp_path: Path
) -> None:
    assets = tmp_path / "static"
    assets.mkdir()
    (assets / "boat.png").write_bytes(png())
    house.restart(drop=replace(house.config.drop, assets=assets))
    house.write("a.md", article(body="A trip. ![A boat](feedmill:asset/boat.png)"))
    house.reconcile()
    assets.rename(tmp_path / "away")
    house.reconcile(seconds=301)
    assert public(house) == [address(png())]
    assert codes(house, "a.md") == []


def test_archived_articles_leave_their_pictures_where_they_are(house: House) -> None:
    house.restart(drop=replace(house.config.drop, after="archive"))
    house.write("trip/boat.png", png())
    house.write("trip/a.md", article(body=BOAT))
    house.reconcile()
    assert (house.drop / "archive/trip/a.md").is_file()
    assert (house.drop / "trip/boat.png").is_file()
    assert public(house) == [address(png())]


@pytest.mark.parametrize("damage", ["removed", "changed"])
def test_a_damaged_public_picture_is_copied_again(house: House, damage: str) -> None:
    house.write("trip/boat.png", png())
    house.write("a.md", article(body=BOAT))
    house.reconcile()
    target = house.public / address(png())
    target.unlink() if damage == "removed" else target.write_bytes(b"x")
    house.reconcile(seconds=301)
    assert target.read_bytes() == png()


def test_a_killed_workers_copy_is_removed_at_the_next_start(house: House) -> None:
    house.write("a.md", article())
    house.reconcile()
    house.stop()
    (house.public / "media").mkdir()
    (house.public / "media" / f"{'0' * 32}.png").write_bytes(png())
    house.start()
    house.reconcile()
    assert public(house) == []


def test_a_larger_limit_is_heeded_at_the_next_start(house: House) -> None:
    house.restart(media=Media(max_bytes=10))
    house.write("trip/boat.png", png())
    house.write("a.md", article(body=BOAT))
    house.reconcile()
    assert codes(house, "a.md") == ["large-media"]
    house.restart(media=Media())
    house.reconcile()
    assert public(house) == [address(png())]
    assert codes(house, "a.md") == []


def test_rebuild_copies_what_is_missing(house: House) -> None:
    from worker.service.once import rebuild

    house.write("trip/boat.png", png())
    house.write("a.md", article(body=BOAT))
    house.reconcile()
    before = house.public_files()
    (house.public / address(png())).unlink()
    rebuild(house.worker)
    assert house.public_files().keys() == before.keys()


# -- bad input


def test_a_sparse_file_of_two_gigabytes_costs_nothing(house: House) -> None:
    target = house.write("trip/boat.png", png())
    os.truncate(target, 2_000_000_000)
    house.write("a.md", article(body=BOAT))
    house.reconcile()
    assert public(house) == []
    assert codes(house, "a.md") == ["large-media"]
    assert house.titles() == ["Title"]


@pytest.mark.parametrize(
    "data",
    [
        b"<!doctype html><script>alert(1)</script>",
        b"MZ" + bytes(500),
        b"",
        b"%PDF-1.7",
        svg("<script>alert(1)</script>"),
        svg(attributes="onload='alert(1)'"),
        b'<!DOCTYPE svg [<!ENTITY a "b">]>' + svg("&a;"),
    ],
    ids=["html", "program", "empty", "pdf", "script", "handler", "entity"],
)
def test_what_is_no_picture_by_its_bytes_is_left_out_and_told(house: House, data: bytes) -> None:
    house.write("trip/boat.png", data)
    house.write("a.md", article(body=BOAT))
    house.reconcile()
    assert public(house) == []
    assert codes(house, "a.md") == ["bad-media"]
    assert "<img" not in content(house)


def test_the_name_does_not_decide(house: House) -> None:
    house.write("trip/boat.png", svg())
    house.write("a.md", article(body=BOAT))
    house.reconcile()
    assert public(house) == [address(svg(), "svg")]


@pytest.mark.parametrize("what", ["symlink", "fifo", "folder", "linked folder", "outside"])
def test_only_regular_files_below_the_drop_folder_are_read(
    house: House, tmp_path: Path, what: str
) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "boat.png").write_bytes(png())
    (house.drop / "trip").mkdir()
    target = house.drop / "trip/boat.png"
    if what == "symlink":
        target.symlink_to(secret / "boat.png")
    elif what == "fifo":
        os.mkfifo(target)
    elif what == "folder":
        target.mkdir()
    elif what == "linked folder":
        target.parent.rmdir()
        target.parent.symlink_to(secret)
    body = "A trip. ![A boat](feedmill:media/%2e%2e/secret/boat.png)" if what == "outside" else BOAT
    house.write("a.md", article(body=body))
    house.reconcile()
    assert public(house) == []
    assert "<img" not in content(house)
    if what != "outside":  # the parser names no such file
        told = "missing-media" if what == "linked folder" else "bad-media"
        assert codes(house, "a.md") == [told]


@pytest.mark.parametrize("path", [".secret/boat.png", ".boat.png"])
def test_hidden_files_are_not_shown(house: House, path: str) -> None:
    house.write(path, png())
    house.write("a.md", article(body=f"A trip. ![A boat](feedmill:media/{path})"))
    house.reconcile()
    assert public(house) == []


def test_a_file_that_changes_while_it_is_copied_is_tried_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = house.write("trip/boat.png", png())
    inspect = house.worker.readers.inspect
    tries = []

    def inspect_and_change(job: object) -> object:
        tries.append(job)
        if len(tries) == 1:
            target.write_bytes(png(9, 9))
        return inspect(job)

    monkeypatch.setattr(house.worker.readers, "inspect", inspect_and_change)
    house.write("a.md", article(body=BOAT))
    house.reconcile()
    assert len(tries) > 1
    assert public(house) == [address(png(9, 9))]


def test_a_file_that_always_changes_is_told_and_holds_nothing_up(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = house.write("trip/boat.png", png())
    inspect = house.worker.readers.inspect
    tries = []

    def inspect_and_change(job: object) -> object:
        tries.append(job)
        target.write_bytes(png(9, 9 + len(tries)))
        return inspect(job)

    monkeypatch.setattr(house.worker.readers, "inspect", inspect_and_change)
    house.write("a.md", article(body=BOAT))
    house.reconcile()
    assert house.titles() == ["Title"]
    assert public(house) == []
    assert codes(house, "a.md") == ["unready-media"]


def test_an_article_with_ten_thousand_pictures_gets_the_first_and_is_told(house: House) -> None:
    house.write("p/0.png", png())
    names = [f"A trip. ![A boat](feedmill:media/p/{number}.png)" for number in range(10_000)]
    house.write("a.md", article(body="\n\n".join(names)))
    house.write("b.md", article("Neighbour"))
    house.reconcile()
    assert public(house) == [address(png())]
    told = {"missing-media", "too-many-media", "too-many-links"}
    assert set(codes(house, "a.md")) == told
    assert len(codes(house, "a.md")) == 23
    assert sorted(house.titles()) == ["Neighbour", "Title"]
    assert house.rows("SELECT count(*) FROM media") == [(500,)]


def test_upper_and_lower_case_count_and_the_author_hears_of_the_other(house: House) -> None:
    house.write("trip/Boat.PNG", png())
    house.write("a.md", article(body=BOAT))
    house.reconcile()
    problem = house.worker.ledger.at("a.md").problems[0]
    assert problem.code == "missing-media"
    assert "Boat.PNG" in problem.hint


def test_a_name_that_is_not_utf8_stops_nothing(house: House) -> None:
    (house.drop / "trip").mkdir()
    (house.drop / os.fsdecode(b"trip/b\xffat.png")).write_bytes(png())
    house.write("a.md", article(body="A trip. ![A boat](feedmill:media/trip/b%FFat.png)"))
    house.reconcile()
    assert codes(house, "a.md") == ["missing-media"]
    assert house.titles() == ["Title"]


def test_a_disk_without_room_is_a_trouble_and_the_article_is_published(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    from feeds.errors import PublishError
    from feeds.public_folder import PublicFolder

    copy = PublicFolder.copy

    def refuse(folder: PublicFolder, path: str, pieces: Iterable[bytes], mtime: int) -> None:
        if path.startswith("media/"):
            raise PublishError("public file", path, "No space left on device")
        copy(folder, path, pieces, mtime)

    with monkeypatch.context() as patch:
        patch.setattr("feeds.public_folder.PublicFolder.copy", refuse)
        house.write("trip/boat.png", png())
        house.write("a.md", article(body=BOAT))
        house.worker.loop.rescan()
        house.turn()
        house.turn()
        assert house.titles() == ["Title"]
        assert "media" in house.worker.loop.progress.troubles
    house.reconcile(seconds=61)
    house.reconcile()
    assert public(house) == [address(png())]
    assert "media" not in house.worker.loop.progress.troubles


def test_an_unmounted_drop_folder_takes_no_picture_along(house: House, tmp_path: Path) -> None:
    house.write("trip/boat.png", png())
    house.write("a.md", article(body=BOAT))
    house.reconcile()
    house.drop.rename(tmp_path / "elsewhere")
    house.drop.mkdir()
    house.clock.pass_time(400)
    house.turn()
    assert public(house) == [address(png())]


def test_folders_of_paths_are_watched_for_pictures(house: House) -> None:
    names = house.worker.inbox.names
    assert names.is_media_name("trip/boat.PNG")
    assert not names.is_media_name(".hidden/boat.png")
    assert not names.is_article_name("trip/boat.png")
    assert split("trip/boat.png") == ("trip", "boat.png")
