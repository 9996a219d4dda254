"""The folder answers: a note beside each file that needs one, and none where nothing is wrong."""

from dataclasses import replace

from tests.integration.authors.receipts import BROKEN, receipt, stamps
from tests.integration.house import article
from worker.authors.receipt_text import OPENING
from worker.inbox.safe_open import Unavailable


def test_a_rejected_file_gets_a_receipt_that_names_line_and_cure_and_goes_with_it(house):
    house.write("sub/a.md", BROKEN)
    house.reconcile()
    said = receipt(house, "sub/a.md")
    assert said.startswith(OPENING)
    assert said.startswith(f"{OPENING} Fix line 2 of “sub/a.md”: it is not published.\n")
    assert "Line 2, column 13:" in said
    assert "      title: Tides: a table\n                  ^\n" in said
    assert "Put the value in quotes" in said
    assert "[yaml-colon]" in said

    house.write("sub/a.md", BROKEN.replace("Tides: a table", '"Tides: a table"'), age=1)
    house.reconcile(5)
    assert receipt(house, "sub/a.md") is None
    assert house.titles() == ["Tides: a table"]


def test_a_receipt_goes_at_once_with_its_file(house):
    house.write("a.md", BROKEN)
    house.reconcile()
    (house.drop / "a.md").unlink()
    house.turn("a.md")
    house.clock.pass_time(1)
    house.turn()
    assert stamps(house) == {}


def test_an_accepted_file_gets_none_unless_all_do(make_house):
    for mode, found in (("problems", False), ("all", True), ("off", False)):
        house = make_house(mode, receipts=mode)
        house.write("a.md", article("One"))
        house.reconcile()
        assert (receipt(house, "a.md") is not None) == found


def test_an_accepted_file_s_receipt_names_id_feeds_and_moment(make_house):
    house = make_house(receipts="all")
    house.write("a.md", article("One", topics="[AWS AI]"))
    house.reconcile()
    said = receipt(house, "a.md")
    assert "“a.md” is public." in said
    assert house.ids()["One"] in said
    for key in ("topics/aws-ai", "all"):
        for extension in ("rss", "atom", "json"):
            assert f"https://house.example/{key}.{extension}\n" in said
    assert "Public since: 2026-05-01T12:00:00Z" in said


def test_a_broken_edit_says_that_the_last_version_stays(house):
    house.write("a.md", article("One"))
    house.reconcile()
    house.write("a.md", BROKEN, age=1)
    house.reconcile(5)
    assert "The previous version stays public" in receipt(house, "a.md")
    assert house.titles() == ["One"]


def test_a_held_file_is_told_which_line_holds_it(house):
    house.write("a.md", article("One", draft="true"))
    house.reconcile()
    said = receipt(house, "a.md")
    assert "When “a.md” is ready, remove line 3 to publish it." in said
    assert "      draft: true\n      ^\n" in said
    assert house.titles() == []


def test_a_scheduled_article_s_receipt_says_when_and_goes_when_it_is_live(house):
    house.write("a.md", article("One", date="2026-05-01T13:00:00Z"))
    house.reconcile()
    assert "becomes public on its date, 2026-05-01T13:00:00Z" in receipt(house, "a.md").replace(
        "\n", " "
    )
    house.reconcile(3601)
    assert house.titles() == ["One"]
    assert receipt(house, "a.md") is None


def test_with_all_the_receipt_tells_when_a_scheduled_article_went_live(make_house):
    house = make_house(receipts="all")
    house.write("a.md", article("One", date="2026-05-01T13:00:00Z"))
    house.reconcile()
    house.reconcile(3600)
    assert "Public since: 2026-05-01T13:00:0" in receipt(house, "a.md")


def test_an_expired_article_s_receipt_says_so(house):
    house.write("a.md", article("One", expires="2026-05-01T13:00:00Z"))
    house.reconcile()
    assert receipt(house, "a.md") is None
    house.reconcile(3601)
    assert "Change or remove the expiry date of “a.md”" in receipt(house, "a.md")
    assert house.titles() == []


def test_times_are_told_by_the_site_s_clock_too(house):
    house.restart(site=replace(house.config.site, timezone="Europe/Vienna"))
    house.write("a.md", article("One", date="2026-05-02 09:00"))
    house.reconcile()
    said = receipt(house, "a.md")
    assert "2026-05-02 09:00 +02:00 (2026-05-02T07:00:00Z)" in " ".join(said.split())
    assert "It was read in the site's time zone, as 2026-05-02T07:00:00Z" in " ".join(said.split())


def test_for_undo_a_new_article_is_kept_back_and_a_deletion_in_time_leaves_no_trace(make_house):
    house = make_house(undo_minutes=10.0)
    house.write("keep.md", article("Keep"))
    house.reconcile()
    assert "never appears in a feed" in " ".join(receipt(house, "keep.md").split())
    house.reconcile(600)
    assert (house.titles(), receipt(house, "keep.md")) == (["Keep"], None)
    before = house.public_files()

    house.write("oops.md", article("Oops", topics="Secret"))
    house.reconcile()
    assert "becomes public at 2026-05-01T12:2" in " ".join(receipt(house, "oops.md").split())
    house.delete("oops.md")
    house.reconcile(700)
    assert house.public_files() == before
    assert stamps(house) == {}
    assert not any(b"oops" in data.lower() for data, _ in house.public_files().values())


def test_for_undo_a_correction_in_time_is_all_that_readers_ever_see(make_house):
    house = make_house(undo_minutes=10.0)
    house.write("a.md", article("Tpyo"))
    house.reconcile()
    house.write("a.md", article("Typo"), age=1)
    house.reconcile(300)
    assert house.titles() == []
    house.reconcile(301)
    (entry,) = house.feed().entries
    assert (entry.title, entry.updated) == ("Typo", entry.published)


def test_a_file_that_gave_way_to_another_is_told_to_which(house):
    house.write("a.md", article("One", link="https://example.org/1"))
    house.write("b.md", article("Two", link="https://example.org/1"), age=1)
    house.reconcile()
    assert "“a.md” has the same link" in receipt(house, "b.md")
    assert "“b.md”" in receipt(house, "a.md")
    house.delete("b.md")
    assert (house.titles(), stamps(house)) == (["One"], {})


def test_what_is_never_read_gets_a_receipt_too(make_house):
    house = make_house(max_bytes=1000)
    house.write("big.md", "x" * 2000)
    (house.drop / "link.md").symlink_to("/etc/hostname")
    house.reconcile(10)
    assert "2,000 bytes" in receipt(house, "big.md")
    assert "a symbolic link" in receipt(house, "link.md")


def test_a_likely_slip_in_a_public_article_is_told_but_a_mere_remark_is_not(house):
    house.write("slip.md", article("Slip", summry="Short."))
    house.write("naive.md", article("Naive", date="2026-04-01 10:00"))
    house.reconcile()
    assert "Did you mean `summary`?" in receipt(house, "slip.md")
    assert receipt(house, "naive.md") is None
    assert sorted(house.titles()) == ["Naive", "Slip"]


def test_a_secured_value_stands_in_no_receipt(house):
    blob = "Zm9vYmFyQmF6MTIzNDU2Nzg5MEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFla"
    house.write("a.md", f'---\ntitle: One\nsecured: "{blob}" "\n---\nText.\n')
    house.write("b.md", f"---\ntitle: One\ndate: never\nsecured: {blob}\n---\nText.\n")
    house.reconcile()
    for path in ("a.md", "b.md"):
        said = receipt(house, path)
        assert "Problems to fix" in said
        assert blob[:10] not in said


def test_a_file_that_may_not_be_read_gets_a_receipt_once_that_does_not_pass(house, monkeypatch):
    # As root, there is no file that may not be read.
    house.write("a.md", article("One"))
    house.reconcile()
    look = house.worker.inbox.look
    house.write("a.md", article("Two"), age=1)
    with monkeypatch.context() as patched:
        patched.setattr(house.worker.inbox, "look", lambda _: Unavailable("Permission denied"))
        house.turn("a.md")
        assert receipt(house, "a.md") is None
        for _ in range(20):
            house.clock.pass_time(5)
            house.turn()
        said = receipt(house, "a.md")
        assert "Let Feedmill read “a.md”" in said
        assert "The file cannot be read: Permission denied." in said
        assert "The previous version stays public" in said
        house.worker.loop.rescan()
        house.turn()
        assert receipt(house, "a.md") == said
    assert house.worker.inbox.look == look
    house.reconcile(120)
    assert house.titles() == ["Two"]
    assert stamps(house) == {}
