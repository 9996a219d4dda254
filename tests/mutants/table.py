"""Which tests belong to which module: the one place to change when a module moves.

A mutant of a module is killed by one of its tests, or not at all; the whole suite would find
more, and take an hour.
"""

UNIT, WHOLE = "tests/unit", "tests/integration"

TESTS: dict[str, tuple[str, ...]] = {
    # identity
    "worker/ingest/identity.py": (f"{UNIT}/test_decide.py", f"{WHOLE}/test_takeover.py"),
    "worker/ingest/conflicts.py": (
        f"{WHOLE}/test_takeover.py",
        f"{WHOLE}/test_ingest.py",
        f"{WHOLE}/test_commands.py",
    ),
    # settling
    "worker/inbox/settling.py": (f"{UNIT}/test_settle.py",),
    # withdrawals
    "worker/ingest/withdrawals.py": (f"{WHOLE}/test_withdrawals.py", f"{WHOLE}/test_ingest.py"),
    "worker/ingest/schedule.py": (f"{WHOLE}/test_timetable.py",),
    # store
    "worker/store/articles.py": (
        f"{WHOLE}/test_takeover.py",
        f"{WHOLE}/test_ingest.py",
        f"{WHOLE}/test_commands.py",
        f"{WHOLE}/test_listing.py",
    ),
    "worker/store/placement.py": (
        f"{WHOLE}/test_ingest.py",
        f"{WHOLE}/test_topics.py",
        f"{WHOLE}/test_timetable.py",
        f"{WHOLE}/test_archives.py",
    ),
    "worker/store/ledger.py": (
        f"{WHOLE}/test_ingest.py",
        f"{WHOLE}/test_takeover.py",
        f"{WHOLE}/test_withdrawals.py",
    ),
    # publishing
    "worker/publishing/publisher.py": (
        f"{WHOLE}/test_publishing.py",
        f"{WHOLE}/test_ingest.py",
        f"{WHOLE}/test_archives.py",
        f"{WHOLE}/test_repairs.py",
    ),
    "worker/publishing/feed_contents.py": (
        f"{WHOLE}/test_catalogue.py",
        f"{WHOLE}/test_golden.py",
        f"{WHOLE}/test_ingest.py",
        f"{WHOLE}/test_archives.py",
    ),
    "worker/publishing/bad_entries.py": (f"{WHOLE}/test_publishing.py", f"{WHOLE}/test_repairs.py"),
    "worker/store/feed_archives.py": (f"{WHOLE}/test_archives.py",),
    # the audit
    "feeds/formats/audit.py": (f"{UNIT}/test_audit.py", f"{WHOLE}/test_archives.py"),
}
