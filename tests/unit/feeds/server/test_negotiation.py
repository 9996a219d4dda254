"""Content coding, types and conditions, as RFC 9110 has them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.server.negotiation import (
    byte_range,
    http_date,
    is_same_version,
    precondition,
    prefers_xml,
    wants_gzip,
)

CHROMIUM = (
    b"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,"
    b"*/*;q=0.8,application/signed-exchange;v=b3;q=0.7"
)
FIREFOX = b"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
FEEDPARSER = (
    b"application/atom+xml,application/rdf+xml,application/rss+xml,application/x-netcdf,"
    b"application/xml;q=0.9,text/xml;q=0.2,*/*;q=0.1"
)
RSS = "application/rss+xml"

ETAG = b'"abc"'
SUNDAY = b"Sun, 06 Nov 1994 08:49:37 GMT"
SUNDAY_SECONDS = 784111777


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        (None, False),
        (b"", False),
        (b"gzip", True),
        (b"GZIP", True),
        (b"x-gzip", True),
        (b"gzip, deflate, br", True),
        (b"deflate, br", False),
        (b"gzip;q=0", False),
        (b"gzip; q=0.000", False),
        (b"gzip;q=0.001", True),
        (b"*", True),
        (b"*;q=0", False),
        (b"gzip;q=0, *", False),
        (b"identity", False),
        (b"gzip;q=0.5, identity;q=1", False),
        (b"gzip;q=1.0, identity;q=0.5", True),
        (b"identity;q=0, gzip;q=0.1", True),
        (b"gzip;q=nonsense", False),
        (b"gzip;q=2", False),
        (b", ,gzip,,", True),
    ],
)
def test_gzip_is_sent_only_to_whom_it_suits(header, wanted):
    assert wants_gzip(header) is wanted


@pytest.mark.parametrize("accept", [CHROMIUM, FIREFOX])
def test_browsers_get_xml_that_they_can_show(accept):
    assert prefers_xml(accept, RSS)


@pytest.mark.parametrize(
    "accept", [None, b"", b"*/*", FEEDPARSER, b"application/rss+xml, text/html", b"text/html"]
)
def test_feed_readers_get_the_type_of_the_feed(accept):
    assert not prefers_xml(accept, RSS)


@pytest.mark.parametrize(
    "header",
    [b'"abc"', b'W/"abc"', b'"x", "abc"', b'"x",W/"abc" ,"y"', b"*", b" * ", b'"x,y", "abc"'],
)
def test_a_client_that_has_it_is_told_so(header):
    assert precondition(ETAG, 0, if_none_match=header) == "not modified"


@pytest.mark.parametrize("header", [b'"x"', b'W/"x"', b"abc", b'"abcd"', b"", b'"ab""c"', b"**"])
def test_a_client_that_has_another_version_gets_this_one(header):
    assert precondition(ETAG, 0, if_none_match=header) == "send"


def test_the_entity_tag_decides_where_a_client_sends_a_date_too():
    assert (
        precondition(ETAG, SUNDAY_SECONDS, if_none_match=b'"x"', if_modified_since=SUNDAY) == "send"
    )
    assert (
        precondition(ETAG, SUNDAY_SECONDS + 9, if_none_match=ETAG, if_modified_since=SUNDAY)
        == "not modified"
    )


@pytest.mark.parametrize(
    ("modified", "verdict"),
    [
        (SUNDAY_SECONDS - 1, "not modified"),
        (SUNDAY_SECONDS, "not modified"),
        (SUNDAY_SECONDS + 1, "send"),
    ],
)
def test_a_date_decides_where_there_is_no_tag(modified, verdict):
    assert precondition(ETAG, modified, if_modified_since=SUNDAY) == verdict


def test_a_date_that_cannot_be_read_counts_as_none():
    assert precondition(ETAG, 0, if_modified_since=b"yesterday") == "send"
    assert precondition(ETAG, 9, if_unmodified_since=b"yesterday") == "send"


def test_if_match_compares_strongly_and_comes_first():
    assert precondition(ETAG, 0, if_match=b'"abc"') == "send"
    assert precondition(ETAG, 0, if_match=b"*") == "send"
    assert precondition(ETAG, 0, if_match=b'W/"abc"') == "failed"
    assert precondition(ETAG, 0, if_match=b'"x"', if_none_match=ETAG) == "failed"
    assert precondition(ETAG, 0, if_match=ETAG, if_none_match=ETAG) == "not modified"


def test_if_unmodified_since_counts_only_without_if_match():
    late = SUNDAY_SECONDS + 1
    assert precondition(ETAG, late, if_unmodified_since=SUNDAY) == "failed"
    assert precondition(ETAG, SUNDAY_SECONDS, if_unmodified_since=SUNDAY) == "send"
    assert precondition(ETAG, late, if_match=ETAG, if_unmodified_since=SUNDAY) == "send"


@pytest.mark.parametrize(
    "text", [SUNDAY, b"Sunday, 06-Nov-94 08:49:37 GMT", b"Sun Nov  6 08:49:37 1994"]
)
def test_all_three_formats_of_a_date_are_read(text):
    assert http_date(text) == SUNDAY_SECONDS


@given(st.binary(max_size=60))
def test_no_header_value_breaks_anything(value):
    wants_gzip(value)
    prefers_xml(value, RSS)
    http_date(value)
    assert precondition(ETAG, 0, if_none_match=value, if_modified_since=value) in (
        "send",
        "not modified",
    )
    assert precondition(ETAG, 0, if_match=value, if_unmodified_since=value) in ("send", "failed")


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        (b"bytes=0-0", range(1)),
        (b"bytes=2-4", range(2, 5)),
        (b"Bytes = 2-", range(2, 10)),
        (b"bytes=2-999", range(2, 10)),
        (b"bytes=-3", range(7, 10)),
        (b"bytes=-999", range(10)),
        (b"bytes=10-", range(10, 10)),
        (b"bytes=-0", range(10, 10)),
        (b"bytes=12-14", range(0)),
        *(
            (whole, None)
            for whole in (
                *(None, b"", b"bytes=", b"bytes=-", b"bytes=4-2", b"bytes=a-b", b"bytes=1"),
                *(b"items=0-1", b"bytes=0-1,3-4", b"bytes=-1-2", b"bytes=" + b"9" * 40 + b"-"),
            )
        ),
    ],
)
def test_a_range_is_one_part_of_the_file_or_all_of_it(header, wanted):
    found = byte_range(header, 10)
    assert (found is None) == (wanted is None)
    assert found is None or list(found) == list(wanted)


@given(st.binary(max_size=40), st.integers(0, 1000))
def test_no_range_leaves_the_file(header, size):
    for text in (header, b"bytes=" + header):
        found = byte_range(text, size)
        assert not found or 0 <= found.start < found.stop <= size


@pytest.mark.parametrize(
    ("header", "same"),
    [
        (None, True),
        (ETAG, True),
        (b'W/"abc"', False),
        (b'"x"', False),
        (SUNDAY, True),
        (b"x", False),
    ],
)
def test_a_part_fits_only_the_version_that_the_client_has(header, same):
    assert is_same_version(header, ETAG, SUNDAY_SECONDS) is same
