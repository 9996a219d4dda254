"""The face of a bucket, on obstore's store in memory and in a folder."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import obstore
import pytest
from obstore.exceptions import GenericError, InvalidPathError, NotFoundError, PermissionDeniedError
from obstore.store import LocalStore, MemoryStore

from worker.cloud import bucket as module
from worker.cloud.bucket import (
    Bucket,
    BucketError,
    ConditionFailed,
    ObjectVersion,
    Unreachable,
    open_bucket,
)
from worker.cloud.credentials import credentials
from worker.config.model import BucketSettings

HEADERS = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "public, max-age=300"}


def bucket(**options: Any) -> Bucket:
    return Bucket(MemoryStore(), "memory", **({"sleep": lambda _: None} | options))


def test_a_new_object_has_its_bytes_and_headers() -> None:
    found = bucket()
    version = found.put_new("a/b.html", b"<p>", HEADERS)
    stored = found.get("a/b.html")
    assert stored
    assert stored.info.version == version
    assert (stored.data, stored.attributes) == (b"<p>", HEADERS)
    assert stored.info.modified.tzinfo is not None
    assert found.head("a/b.html") == stored.info
    assert found.list() == found.list("a") == {"a/b.html": stored.info}


def test_nothing_there_is_no_error() -> None:
    found = bucket()
    assert found.get("a") is None
    assert found.head("a") is None
    assert found.list() == {}
    found.delete("a")


def test_a_second_create_fails_and_says_what_is_there() -> None:
    found = bucket()
    found.put_new("a", b"theirs")
    with pytest.raises(ConditionFailed) as caught:
        found.put_new("a", b"mine")
    assert caught.value.found
    assert caught.value.found.data == b"theirs"


def test_a_change_needs_the_version_that_is_there() -> None:
    found = bucket()
    first = found.put_new("a", b"1")
    second = found.put_if("a", b"2", first)
    with pytest.raises(ConditionFailed):
        found.put_if("a", b"3", first)
    found.put_if("a", b"3", second)
    with pytest.raises(ConditionFailed) as caught:
        found.put_if("gone", b"1", second)
    assert caught.value.found is None


def test_the_same_bytes_count_as_written() -> None:
    """The answer to an earlier attempt may be lost on its way."""
    found = bucket()
    version = found.put_new("a", b"1")
    assert found.put_new("a", b"1") == version
    assert found.put_if("a", b"1", ObjectVersion('"other"')) == version


def test_a_folder_is_a_bucket_too(tmp_path: Path) -> None:
    found = open_bucket(BucketSettings(f"file://{tmp_path}/new"), {})
    first = found.put_new("a/b.html", b"1", HEADERS)
    second = found.put_if("a/b.html", b"22", first)
    with pytest.raises(ConditionFailed):
        found.put_if("a/b.html", b"333", first)
    assert (tmp_path / "new" / "a" / "b.html").read_bytes() == b"22"
    assert found.list()["a/b.html"].version == second
    found.probe()
    found.delete("a/b.html")
    found.delete("a/b.html")
    assert found.list() == {}


def raising(monkeypatch: pytest.MonkeyPatch, errors: list[Exception]) -> list[str]:
    """Let the next puts raise these errors; gives the keys that were tried."""
    real: Callable[..., Any] = obstore.put
    tried: list[str] = []

    def put(store: Any, key: str, *args: Any, **options: Any) -> Any:
        tried.append(key)
        if errors:
            raise errors.pop(0)
        return real(store, key, *args, **options)

    monkeypatch.setattr(obstore, "put", put)
    return tried


def test_what_passes_is_tried_again_after_growing_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = "Error performing PUT http://x in 3ms - Server returned non-2xx status code: 503 Slow"
    raising(monkeypatch, [GenericError(gone) for _ in range(9)])
    pauses: list[float] = []
    found = bucket(sleep=pauses.append, jitter=lambda: 1.0, patience=1000)
    found.put_new("a", b"1")
    assert pauses == pytest.approx([0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30.0])


def test_patience_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    raising(monkeypatch, [GenericError("HTTP error: error sending request")] * 99)
    pauses: list[float] = []
    with pytest.raises(Unreachable, match="it does not answer"):
        bucket(sleep=pauses.append).put_new("a", b"1")
    assert sum(pauses) == pytest.approx(module.PATIENCE_SECONDS)


def test_permission_is_asked_before_every_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = raising(monkeypatch, [GenericError("status code: 500")] * 9)

    def permit() -> None:
        if len(tried) == 2:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        bucket(permit=permit).put_new("a", b"1")
    assert tried == ["a", "a"]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (PermissionDeniedError("403 <Code>SignatureDoesNotMatch</Code>"), "Check the access key"),
        (PermissionDeniedError("403 <Code>RequestTimeTooSkewed</Code>"), "Set this machine's cloc"),
        (PermissionDeniedError("status code: 403 Forbidden:"), "answers with status 403"),
        (NotFoundError("404 <Code>NoSuchBucket</Code>"), "Create the bucket"),
        (GenericError("status code: 400 Bad Request: <Code>InvalidURI</Code>"), "InvalidURI"),
    ],
)
def test_what_does_not_pass_is_said_at_once(
    monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
) -> None:
    tried = raising(monkeypatch, [error] * 9)
    with pytest.raises(BucketError, match=said):
        bucket().put_new("a", b"1")
    assert tried == ["a"]


def test_a_list_that_breaks_off_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any) -> Any:
        yield [{"path": "a", "e_tag": "1", "version": None, "size": 1, "last_modified": None}]
        raise GenericError("status code: 500")

    monkeypatch.setattr(obstore, "list", broken)
    with pytest.raises(Unreachable):
        bucket().list()


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ('Path "a//b" contained empty path segment', 'Path "a//b" contained empty path segment'),
        ('Error parsing Path "a\nb": Encountered "\n"', 'Error parsing Path "a\\nb": Encountered'),
    ],
)
def test_a_name_that_spoils_the_list_is_said(
    monkeypatch: pytest.MonkeyPatch, name: str, shown: str
) -> None:
    def spoilt(*args: Any) -> Any:
        raise InvalidPathError(
            f"Encountered object with invalid path: {name}\n\nDebug source:\nInvalidPath {{}}"
        )

    monkeypatch.setattr(obstore, "list", spoilt)
    with pytest.raises(BucketError) as caught:
        bucket().list()
    assert f"whose name no list can show: {shown}" in str(caught.value)
    assert "Delete or rename that object" in caught.value.fix


def test_the_probe_passes_a_store_that_honours_conditions() -> None:
    found = bucket()
    found.probe()
    assert found.list() == {}


def test_the_probe_refuses_a_store_where_every_create_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    real: Callable[..., Any] = obstore.put

    def put(store: Any, key: str, data: bytes, **options: Any) -> Any:
        return real(store, key, data, **options | {"mode": "overwrite"})

    monkeypatch.setattr(obstore, "put", put)
    found = bucket()
    with pytest.raises(BucketError, match=r"ignores conditions.*8 of 8 creates at once won"):
        found.probe()
    assert found.list() == {}


def test_the_probe_refuses_a_store_that_changes_old_versions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real: Callable[..., Any] = obstore.put

    def put(store: Any, key: str, data: bytes, **options: Any) -> Any:
        mode = "create" if options["mode"] == "create" else "overwrite"
        return real(store, key, data, **options | {"mode": mode})

    monkeypatch.setattr(obstore, "put", put)
    with pytest.raises(BucketError, match="a change of an old version was accepted"):
        bucket().probe()


def test_secrets_may_be_a_credential_of_systemd(tmp_path: Path) -> None:
    (tmp_path / "bucket").write_text(
        '# keys\nAWS_ACCESS_KEY_ID=AK\nexport AWS_SECRET_ACCESS_KEY="S=K"\n'
    )
    found = credentials({"CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert found == {"aws_access_key_id": "AK", "aws_secret_access_key": "S=K"}
    assert credentials({}) == credentials({"CREDENTIALS_DIRECTORY": "/nowhere"}) == {}


def test_an_unknown_name_in_the_credential_is_said(tmp_path: Path) -> None:
    (tmp_path / "bucket").write_text("AWS_SECRET=SK\n")
    with pytest.raises(BucketError, match="aws_secret"):
        open_bucket(BucketSettings("s3://b"), {"CREDENTIALS_DIRECTORY": str(tmp_path)})


def test_a_store_in_a_folder_has_no_headers(tmp_path: Path) -> None:
    found = Bucket(LocalStore(tmp_path), "folder")
    found.put_new("a", b"1", HEADERS)
    stored = found.get("a")
    assert stored
    assert stored.data == b"1"
