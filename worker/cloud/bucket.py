"""A bucket of an object store: the only module that loads obstore.

Every write is conditional: a key is created, or changed from a known version. obstore's own
retries are off, since they would go on after a lease has ended and take a repeated write for
somebody else's; those here ask for permission before each attempt.

BucketError            the store refuses: credentials, no such bucket, what it cannot do
├── ConditionFailed    the object is not the one that was expected
└── Unreachable        no answer, or an error of the server; passes, so it is tried again
"""

import contextlib
import random
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from feeds.errors import FeedmillError
from worker.cloud.credentials import credentials
from worker.config.model import BucketSettings
from worker.core.paths import printable

if TYPE_CHECKING:
    from obstore import PutMode
    from obstore.store import ObjectStore

T = TypeVar("T")
Attributes = Mapping[str, str]
"""Headers by their names in HTTP, and metadata by names in small letters."""

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.2, 30.0
PATIENCE_SECONDS = 10.0
"""For how long one operation is tried again; its caller then reports and comes back later."""
SMALL_BYTES = 500_000
LARGE_SECONDS = 300.0
"""How much longer a request with a larger body may take."""
PROBE_WRITERS = 8
MISSING_EXTRA = 'Run `pip install "feedmill[s3]"`.'
_STATUS = re.compile(r"status code: (\d{3})|status (\d{3})")
_CODE = re.compile(r"<Code>(\w+)</Code>")
_AGAIN = frozenset(("408", "409", "425", "429"))
_CLOCK = "Set this machine's clock: the store refuses requests that are minutes old or early."
_KEYS = "Check the access key and the secret ($AWS_ACCESS_KEY_ID, $AWS_SECRET_ACCESS_KEY)."
_UNNAMEABLE = (
    "Delete or rename that object with the store's own tools: a name has no empty part, no part "
    '"." or "..", and no control characters.'
)
_FIXES = {
    "NoSuchBucket": "Create the bucket, or correct its name.",
    "RequestTimeTooSkewed": _CLOCK,
    "RequestExpired": _CLOCK,
    "AccessDenied": "Give this access key the right to list, read, write and delete there.",
    "InvalidAccessKeyId": _KEYS,
    "SignatureDoesNotMatch": f"{_KEYS} Or the region is wrong.",
}


class BucketError(FeedmillError):
    """The store refuses an operation, or cannot do it; trying again does not help."""


class ConditionFailed(BucketError):  # noqa: N818 -- an answer that callers expect
    """The object is not the one that was expected; ``found`` is what is there, None if nothing."""

    def __init__(self, key: str, found: "StoredObject | None" = None) -> None:
        super().__init__("bucket", key, "somebody else changed it")
        self.found = found


class Unreachable(BucketError):  # noqa: N818 -- a state that passes
    """The store does not answer, or answers with an error of its own."""


class ObjectVersion(NamedTuple):
    """What identifies one version of an object: its ETag; in some stores also a generation."""

    etag: str
    generation: str = ""


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """One object of a list. ``modified`` is the store's time, in UTC; ``size`` is in bytes."""

    key: str
    version: ObjectVersion
    size: int
    modified: datetime


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object with its bytes, its headers and metadata."""

    info: ObjectInfo
    data: bytes
    attributes: Attributes = field(default_factory=dict)


class Bucket:
    """The objects below one prefix; may be used by several threads.

    ``patient`` is the same store with a longer time-out, for large objects. ``permit`` is called
    before every attempt and may raise to stop; ``sleep`` waits between two.
    """

    def __init__(
        self,
        store: "ObjectStore",
        name: str,
        *,
        permit: Callable[[], None] = lambda: None,
        patient: "ObjectStore | None" = None,
        sleep: Callable[[float], object] = time.sleep,
        jitter: Callable[[], float] = random.random,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self.name = name
        self._store, self._patient = store, patient or store
        self._permit, self._sleep, self._jitter = permit, sleep, jitter
        self._patience = patience
        self._is_local = type(store).__name__ == "LocalStore"

    def put_new(self, key: str, data: bytes, attributes: Attributes | None = None) -> ObjectVersion:
        """Create an object. Raises ConditionFailed if another is there; one with the same bytes
        counts as created, since the answer to an earlier attempt may be lost."""
        return self._written(key, data, attributes, None)

    def put_if(
        self, key: str, data: bytes, version: ObjectVersion, attributes: Attributes | None = None
    ) -> ObjectVersion:
        """Replace one version of an object. Raises ConditionFailed like ``put_new``."""
        return self._written(key, data, attributes, version)

    def _written(
        self,
        key: str,
        data: bytes,
        attributes: Attributes | None,
        version: ObjectVersion | None,
    ) -> ObjectVersion:
        try:
            return self._again(lambda: self._put(key, data, version, attributes))
        except ConditionFailed:
            found = self.get(key)
            if found is None or found.data != data:
                raise ConditionFailed(key, found) from None
            return found.info.version

    def get(self, key: str) -> StoredObject | None:
        """An object with its bytes; None if there is none."""
        return self._again(lambda: self._get(key))

    def head(self, key: str) -> ObjectInfo | None:
        """What a list says of one object; None if there is none."""
        return self._again(lambda: self._head(key))

    def describe(self, key: str) -> StoredObject | None:
        """An object with its attributes, but without its bytes; None if there is none."""
        return self._again(lambda: self._get(key, bodiless=True))

    def list(self, prefix: str = "") -> dict[str, ObjectInfo]:
        """All objects by key, below a folder or everywhere. Complete, or raises BucketError."""
        return self._again(lambda: self._list(prefix))

    def delete(self, key: str) -> None:
        """Delete an object; nothing if there is none. No store knows conditions for this."""
        self._again(lambda: self._delete(key))

    def _again(self, attempt: Callable[[], T]) -> T:
        """The result of an attempt that reaches the store. Raises Unreachable after
        ``patience`` seconds of pauses."""
        pause, left = FIRST_PAUSE_SECONDS, self._patience
        while True:
            self._permit()
            try:
                return attempt()
            except Unreachable:
                if left <= 0:
                    raise
            wait = min(pause * (0.5 + self._jitter() / 2), left)
            self._sleep(wait)
            left -= wait
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    def _put(
        self,
        key: str,
        data: bytes,
        version: ObjectVersion | None,
        attributes: Attributes | None,
    ) -> ObjectVersion:
        import obstore

        mode: PutMode = "create"
        if version is not None:
            mode = {"e_tag": version.etag}
            if version.generation:
                mode["version"] = version.generation
            if self._is_local:  # which knows no versions, and is written by one process only
                mode = self._same_or_overwrite(key, version)
        headers = dict(attributes) if attributes and not self._is_local else None
        with _translated(self.name, key):
            store = self._store if len(data) <= SMALL_BYTES else self._patient
            done = obstore.put(store, key, data, attributes=headers, mode=mode, use_multipart=False)
        return ObjectVersion(done["e_tag"] or "", done["version"] or "")

    def _same_or_overwrite(self, key: str, version: ObjectVersion) -> "PutMode":
        found = self._head(key)
        if found is None or found.version != version:
            raise ConditionFailed(key)
        return "overwrite"

    def _get(self, key: str, *, bodiless: bool = False) -> StoredObject | None:
        import obstore

        try:
            with _translated(self.name, key):
                found = obstore.get(self._patient, key, options={"head": bodiless})
                data = b"" if bodiless else bytes(found.bytes())
        except _NothingThere:
            return None
        return StoredObject(_info(found.meta), data, found.attributes)

    def _head(self, key: str) -> ObjectInfo | None:
        import obstore

        try:
            with _translated(self.name, key):
                return _info(obstore.head(self._store, key))
        except _NothingThere:
            return None

    def _list(self, prefix: str) -> dict[str, ObjectInfo]:
        import obstore

        with _translated(self.name, prefix):
            pages = obstore.list(self._store, prefix or None)
            return {item["path"]: _info(item) for page in pages for item in page}

    def _delete(self, key: str) -> None:
        import obstore

        with contextlib.suppress(_NothingThere), _translated(self.name, key):
            obstore.delete(self._store, key)

    def probe(self) -> None:
        """Check that the store honours conditions: of eight creates of one key at once one must
        win, and a change of a version that is no longer there must fail.

        Leaves no object behind. Raises BucketError, also if the store cannot be written.
        """
        key = f"feedmill-probe-{random.getrandbits(64):016x}"
        winners = self._race(key)
        try:
            if len(winners) != 1:
                raise self._unsafe(f"{len(winners)} of {PROBE_WRITERS} creates at once won")
            if (found := self._again(lambda: self._get(key))) is None or found.data not in winners:
                raise self._unsafe("it gives back what was not written")
            last = winners[found.data]
            new = self._again(lambda: self._put(key, b"changed", last, None))
            with contextlib.suppress(ConditionFailed):
                if new != last:
                    self._again(lambda: self._put(key, b"stale", last, None))
                raise self._unsafe("a change of an old version was accepted")
        finally:
            with contextlib.suppress(BucketError):
                self.delete(key)

    def _race(self, key: str) -> dict[bytes, ObjectVersion]:
        """The bytes and versions of all who created the key, several at once."""
        gate = threading.Barrier(PROBE_WRITERS)
        winners: dict[bytes, ObjectVersion] = {}

        def create(number: int) -> None:
            data = f"writer {number}".encode()
            with contextlib.suppress(threading.BrokenBarrierError):
                gate.wait(timeout=5)
            with contextlib.suppress(ConditionFailed):
                winners[data] = self._again(lambda: self._put(key, data, None, None))

        with ThreadPoolExecutor(PROBE_WRITERS) as pool:
            for _ in pool.map(create, range(PROBE_WRITERS)):
                pass
        return winners

    def _unsafe(self, cause: str) -> BucketError:
        return BucketError(
            "bucket",
            self.name,
            f"the store ignores conditions ({cause})",
            "Two writers could undo each other there. Use a store with conditional writes "
            "(If-None-Match and If-Match), such as S3, R2, GCS, Azure or SeaweedFS from 4.48.",
        )


def open_bucket(settings: BucketSettings, environ: Mapping[str, str], **options: Any) -> Bucket:
    """The bucket of a URL; ``options`` are those of ``Bucket``. Sends nothing.

    Secrets come from ``environ`` and from the file that systemd gives as the credential
    ``bucket``. Raises BucketError without the extra, or for settings that obstore refuses.
    """
    try:
        from obstore.store import from_url
    except ImportError:
        raise BucketError(
            "bucket", settings.url, "the package obstore is not installed", MISSING_EXTRA
        ) from None
    with _translated(settings.url, ""):
        if settings.url.startswith("file:"):
            return Bucket(from_url(settings.url, mkdir=True), settings.url, **options)
        store, patient = (
            from_url(settings.url, **_client(settings, environ, seconds))
            for seconds in (settings.timeout_seconds, settings.timeout_seconds + LARGE_SECONDS)
        )
        return Bucket(store, settings.url, patient=patient, **options)


def _client(settings: BucketSettings, environ: Mapping[str, str], seconds: float) -> dict[str, Any]:
    """How obstore reaches a store over the network."""
    config = credentials(environ)
    if settings.endpoint:
        config["endpoint"] = settings.endpoint
    if settings.region not in ("", "auto"):
        config["region"] = settings.region
    return {
        "config": config,
        "client_options": {
            "timeout": f"{round(seconds * 1000)}ms",
            "connect_timeout": f"{round(settings.timeout_seconds * 1000)}ms",
            "allow_http": settings.endpoint.startswith("http://"),
        },
        "retry_config": {"max_retries": 0},
    }


class _NothingThere(Exception):  # noqa: N818 -- an answer, no error
    pass


def _info(meta: Any) -> ObjectInfo:
    version = ObjectVersion(meta["e_tag"] or "", meta["version"] or "")
    return ObjectInfo(meta["path"], version, meta["size"], meta["last_modified"])


@contextlib.contextmanager
def _translated(name: str, key: str) -> Iterator[None]:
    """Raise obstore's errors as those of this module."""
    from obstore import exceptions as theirs

    try:
        yield
    except (theirs.AlreadyExistsError, theirs.PreconditionError) as error:
        raise ConditionFailed(key) from error
    except (theirs.NotFoundError, FileNotFoundError) as error:
        if "NoSuchBucket" in str(error):
            raise _refused(name, str(error)) from error
        raise _NothingThere from error
    except theirs.GenericError as error:
        status = _status(str(error))
        if not status or status.startswith("5") or status in _AGAIN:
            cause = f"it answers with status {status}" if status else "it does not answer"
            raise Unreachable("bucket", name, cause) from error
        raise _refused(name, str(error)) from error
    except theirs.InvalidPathError as error:
        cause = f"it has an object whose name no list can show: {_invalid(str(error))}"
        raise BucketError("bucket", name, cause, _UNNAMEABLE) from error
    except (theirs.BaseError, NotImplementedError, ValueError, OSError) as error:
        raise _refused(name, str(error)) from error


def _invalid(text: str) -> str:
    """The name that obstore refuses, with what surrounds it."""
    return printable(text.partition("invalid path: ")[2].partition("\n\n")[0][:200] or text[:200])


def _status(text: str) -> str:
    found = _STATUS.search(text)
    return (found[1] or found[2]) if found else ""


def _refused(name: str, text: str) -> BucketError:
    code = _CODE.search(text)
    if code:
        return BucketError("bucket", name, f"the store says {code[1]}", _FIXES.get(code[1], ""))
    status = _status(text)
    if status in ("401", "403"):
        return BucketError("bucket", name, f"it answers with status {status}", _KEYS)
    if status == "404":
        return BucketError("bucket", name, "there is no such bucket", _FIXES["NoSuchBucket"])
    return BucketError("bucket", name, text.partition("\n")[0][:300])
