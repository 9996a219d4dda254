"""From a file's bytes to an article or to the list of everything that is wrong with it.

Pure: no file, clock, database or network is touched, so that it can run in a child process.
"""

from dataclasses import dataclass

from worker.article import Reading


@dataclass(frozen=True, slots=True)
class ReadingRules:
    """What of the configuration decides how a file is read.

    ``site_url`` resolves relative links and ends in a slash; ``timezone`` is an IANA name in
    which dates without an offset are read; ``language`` is a BCP 47 tag or empty.
    """

    site_url: str = "http://127.0.0.1:8000/"
    timezone: str = "UTC"
    language: str = ""


def read_article(data: bytes, name: str, rules: ReadingRules) -> Reading:
    """Read one file.

    ``data`` is the whole file, ``name`` its path below the drop folder with forward slashes.
    Never raises: whatever the bytes, the answer is an article or at least one error.
    """
    raise NotImplementedError
