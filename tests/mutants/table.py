"""Which tests belong to which module: the one place to change when a module moves.

A mutant of a module is killed by one of its tests, or not at all; the whole suite would find
more, and take an hour.
"""

UNIT, WHOLE = "tests/unit", "tests/integration"

TESTS: dict[str, tuple[str, ...]] = {
    # identity
    "worker/decide.py": (f"{UNIT}/test_decide.py", f"{WHOLE}/test_takeover.py"),
    "worker/rivals.py": (
        f"{WHOLE}/test_takeover.py",
        f"{WHOLE}/test_ingest.py",
        f"{WHOLE}/test_commands.py",
    ),
    # settling
    "worker/settle.py": (f"{UNIT}/test_settle.py",),
    # withdrawals
    "worker/withdraw.py": (f"{WHOLE}/test_withdrawals.py", f"{WHOLE}/test_ingest.py"),
    "worker/timetable.py": (f"{WHOLE}/test_timetable.py",),
    # store
    "worker/store.py": (
        f"{WHOLE}/test_takeover.py",
        f"{WHOLE}/test_ingest.py",
        f"{WHOLE}/test_commands.py",
        f"{WHOLE}/test_listing.py",
    ),
    "worker/shelves.py": (
        f"{WHOLE}/test_ingest.py",
        f"{WHOLE}/test_topics.py",
        f"{WHOLE}/test_timetable.py",
        f"{WHOLE}/test_archives.py",
    ),
    "worker/ledger.py": (
        f"{WHOLE}/test_ingest.py",
        f"{WHOLE}/test_takeover.py",
        f"{WHOLE}/test_withdrawals.py",
    ),
    # publishing
    "worker/publishing.py": (
        f"{WHOLE}/test_publishing.py",
        f"{WHOLE}/test_ingest.py",
        f"{WHOLE}/test_archives.py",
        f"{WHOLE}/test_repairs.py",
    ),
    "worker/catalogue.py": (
        f"{WHOLE}/test_catalogue.py",
        f"{WHOLE}/test_golden.py",
        f"{WHOLE}/test_ingest.py",
        f"{WHOLE}/test_archives.py",
    ),
    "worker/suspects.py": (f"{WHOLE}/test_publishing.py", f"{WHOLE}/test_repairs.py"),
    "worker/archives.py": (f"{WHOLE}/test_archives.py",),
    # the audit
    "feeds/audit.py": (f"{UNIT}/test_audit.py", f"{WHOLE}/test_archives.py"),
}
