"""store: canonical JSON, on which every hash rests."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from sib.store.rows import canonical, sha256_of


def test_a_value_is_written_in_one_way_only():
    value = {"b": [1, None, True], "a": {"é": Decimal("1.50")}, "c": date(2024, 2, 29)}
    assert canonical(value) == '{"a":{"é":"1.50"},"b":[1,null,true],"c":"2024-02-29"}'
    assert canonical(dict(reversed(value.items()))) == canonical(value)
    assert canonical(datetime(2024, 1, 1, tzinfo=UTC)) == '"2024-01-01T00:00:00+00:00"'
    assert sha256_of({}) == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, object()])
def test_what_has_no_one_way_is_refused(value):
    with pytest.raises((TypeError, ValueError)):
        canonical(value)
