"""What a file is that an article shows, or why it is not published. Writes nothing."""

from feeds import at
from worker.core.problems import Problem
from worker.inbox.safe_open import Gone, Look, Unavailable, error_text
from worker.media.inspection import is_text
from worker.media.kinds import HEAD_BYTES, MOST_SVG_BYTES
from worker.media.source import Sources
from worker.media.warnings import bad, large, missing, unready
from worker.parsing.sandbox.pool import Crashed, Inspection, Job, ParserPool
from worker.store.public_files import MediaKey


def inspected(key: MediaKey, file: int, readers: ParserPool) -> Inspection | Problem | None:
    """What an open file is, or why it is not published; None if the readers were hurried."""
    head = at.pread(file, HEAD_BYTES, 0)
    if is_text(head):
        head = at.pread(file, MOST_SVG_BYTES + 1, 0)
    found = readers.inspect(Job(key.path, head, "media"))
    if isinstance(found, Crashed):
        return bad(key, f"It could not be inspected: {found.reason}.")
    return bad(key, found.refused) if found and found.refused else found


def problem_with(
    key: MediaKey, sources: Sources, readers: ParserPool, most_bytes: int
) -> Problem | None:
    """What the worker would say of a file that an article names. Raises DropError."""
    match sources.look(key):
        case Gone():
            return missing(key, sources.other_case(key))
        case Problem() as problem:
            return problem
        case Unavailable(text):
            return unready(key, text)
        case Look(fingerprint) if fingerprint.size > most_bytes:
            return large(key, fingerprint.size, most_bytes)
    try:
        with sources.opened(key) as file:
            found = inspected(key, file, readers)
    except OSError as error:
        return unready(key, error_text(error))
    return found if isinstance(found, Problem) else None
