"""What doctor says of sections that nothing acts on yet."""

from dataclasses import replace

from worker.admin.cloud_checks import unbuilt_findings
from worker.config.model import BucketSettings, Config, InboxSettings


def test_a_section_that_does_nothing_is_named():
    config = Config(path=None)
    assert list(unbuilt_findings(config)) == []
    inbox = InboxSettings(BucketSettings("s3://example-inbox/articles"))
    (found,) = unbuilt_findings(replace(config, inbox=inbox))
    assert (found.level, found.text) == ("bad", "[inbox] does nothing yet")
