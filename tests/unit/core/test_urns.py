"""Ids of names are those that uuid gives."""

import uuid

from hypothesis import given
from hypothesis import strategies as st

from worker.core.fingerprint import urn_of


@given(st.uuids(), st.text())
def test_a_name_s_urn_is_its_uuid_of_version_5(namespace: uuid.UUID, name: str) -> None:
    assert urn_of(namespace.bytes, name) == uuid.uuid5(namespace, name).urn
