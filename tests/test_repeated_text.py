"""Whether a short text stands in bytes more than once: as counting by hand has it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from editwright.evaluator.kernels.repeated_text import RepeatedText


@pytest.mark.parametrize("text", [b'"item"', b"aba", b"aaa", b"ab" * 16])
@given(data=st.data())
def test_a_text_is_found_wherever_it_stands(text: bytes, data: st.DataObject) -> None:
    parts = st.sampled_from([text, text[1:], text[:-1], text[:1], text[-1:], b"x", b" "])
    given_bytes = b"".join(data.draw(st.lists(parts, max_size=12)))
    count = sum(given_bytes.startswith(text, at) for at in range(len(given_bytes)))
    assert RepeatedText(text).is_in(given_bytes) == (count > 1)
