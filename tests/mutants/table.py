"""Which tests belong to which module: the one place to change when a module moves.

A mutant of a module is killed by one of its tests, or not at all; the whole suite would find
more, and take an hour.
"""

UNIT, WHOLE = "tests/unit", "tests/integration"

TESTS: dict[str, tuple[str, ...]] = {
    # identity
    "worker/ingest/identity.py": (
        f"{UNIT}/ingest/test_identity.py",
        f"{WHOLE}/ingest/test_takeover.py",
    ),
    "worker/ingest/conflicts.py": (
        f"{WHOLE}/ingest/test_conflicts.py",
        f"{WHOLE}/ingest/test_takeover.py",
        f"{WHOLE}/ingest/test_ingestor.py",
        f"{WHOLE}/service/test_command_queue.py",
    ),
    # settling
    "worker/inbox/settling.py": (f"{UNIT}/inbox/test_settling.py",),
    # withdrawals
    "worker/ingest/withdrawals.py": (
        f"{WHOLE}/ingest/test_withdrawals.py",
        f"{WHOLE}/ingest/test_repairs.py",
        f"{WHOLE}/ingest/test_filing.py",
        f"{WHOLE}/ingest/test_ingestor.py",
    ),
    "worker/ingest/schedule.py": (f"{WHOLE}/ingest/test_schedule.py",),
    # store
    "worker/store/articles.py": (
        f"{WHOLE}/store/test_articles.py",
        f"{WHOLE}/ingest/test_conflicts.py",
        f"{WHOLE}/ingest/test_takeover.py",
        f"{WHOLE}/ingest/test_ingestor.py",
        f"{WHOLE}/service/test_command_queue.py",
        f"{WHOLE}/store/test_queries.py",
    ),
    "worker/store/placement.py": (
        f"{WHOLE}/store/test_placement.py",
        f"{WHOLE}/ingest/test_ingestor.py",
        f"{WHOLE}/store/test_topics.py",
        f"{WHOLE}/ingest/test_schedule.py",
        f"{WHOLE}/store/test_feed_archives.py",
    ),
    "worker/store/ledger.py": (
        f"{WHOLE}/store/test_ledger.py",
        f"{WHOLE}/ingest/test_ingestor.py",
        f"{WHOLE}/ingest/test_takeover.py",
        f"{WHOLE}/ingest/test_withdrawals.py",
    ),
    # publishing
    "worker/publishing/publisher.py": (
        f"{WHOLE}/publishing/test_publisher.py",
        f"{WHOLE}/service/test_once.py",
        f"{WHOLE}/ingest/test_ingestor.py",
        f"{WHOLE}/store/test_feed_archives.py",
        f"{WHOLE}/ingest/test_repairs.py",
    ),
    "worker/publishing/feed_contents.py": (
        f"{WHOLE}/publishing/test_feed_contents.py",
        f"{WHOLE}/service/test_golden.py",
        f"{WHOLE}/ingest/test_ingestor.py",
        f"{WHOLE}/store/test_feed_archives.py",
    ),
    "worker/publishing/editions/edition.py": (
        f"{WHOLE}/publishing/test_edition.py",
        f"{WHOLE}/publishing/test_publisher.py",
        f"{WHOLE}/service/test_golden.py",
        f"{WHOLE}/store/test_feed_archives.py",
    ),
    "worker/store/feeds.py": (
        f"{WHOLE}/store/test_feeds.py",
        f"{WHOLE}/publishing/test_feed_contents.py",
        f"{WHOLE}/publishing/test_publisher.py",
        f"{WHOLE}/publishing/test_retired.py",
        f"{WHOLE}/service/test_golden.py",
    ),
    "worker/publishing/editions/bad_entries.py": (
        f"{WHOLE}/publishing/test_bad_entries.py",
        f"{WHOLE}/publishing/test_publisher.py",
        f"{WHOLE}/ingest/test_repairs.py",
    ),
    "worker/store/feed_archives.py": (f"{WHOLE}/store/test_feed_archives.py",),
    # the audit
    "feeds/formats/audit.py": (
        f"{UNIT}/feeds/formats/test_audit.py",
        f"{UNIT}/feeds/formats/test_audit_once.py",
        f"{UNIT}/feeds/formats/test_podcast.py",
        f"{WHOLE}/store/test_feed_archives.py",
    ),
    "feeds/formats/read_back.py": (
        f"{UNIT}/feeds/formats/test_audit.py",
        f"{UNIT}/feeds/formats/test_audit_once.py",
        f"{UNIT}/feeds/formats/test_enclosures.py",
    ),
}
