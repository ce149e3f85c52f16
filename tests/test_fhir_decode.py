"""With msgspec and without: the same answers, whatever the input."""

import builtins
import copy
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from editwright.evaluator.formats import fhir_decode
from editwright.evaluator.formats.fhir_shapes import Claim
from editwright.evaluator.formats.read import ClaimsIn, read_claims
from tests.fhir_made_up import CPT, NPI, Json, claim, concept, item, ndjson, patient

FULL = claim(
    item(
        1,
        modifier=[concept("25")],
        careTeamSequence=[1],
        diagnosisSequence=[1, 2],
        servicedPeriod={"start": "2025-03-01T00:00:00-05:00", "end": "2025-03-01"},
        quantity={"value": 1.5, "unit": "UN"},
        net={"value": 125.5, "currency": "USD"},
        locationCodeableConcept=concept("11", None),
        revenue=concept("0450", None),
        adjudication=[{"category": concept("submitted", None), "amount": {"value": 75.25}}],
        extension=[{"url": "x", "valueQuantity": {"value": 3}}],
        detail=[{"sequence": 1, "productOrService": concept("J1885", CPT)}],
    ),
    item(2, "G0283"),
    identifier=[{"system": "http://x.test", "value": "N1", "type": concept("uc", None)}],
    provider={"identifier": {"system": NPI, "value": "1234567893"}},
    contained=[patient("who"), {"resourceType": "Organization", "id": "o", "name": "x"}],
    careTeam=[{"sequence": 1, "provider": {"reference": "#o"}, "responsible": True}],
    diagnosis=[
        {"sequence": 1, "diagnosisCodeableConcept": concept("I10", None)},
        {"sequence": 2, "diagnosisCodeableConcept": concept("E11.9", None)},
    ],
    insurance=[{"focal": True, "coverage": {"reference": "Coverage/1"}, "preAuthRef": ["P"]}],
    supportingInfo=[{"sequence": 1, "category": concept("clmrecvddate", None)}],
    related=[{"relationship": concept("prior", None), "claim": {"reference": "Claim/0"}}],
    subType=concept("831", "https://www.cms.gov/codes/billtype"),
)


@contextmanager
def without_msgspec() -> Iterator[None]:
    real = builtins.__import__

    def refuse(name: str, *args: Any, **named: Any) -> Any:
        if name == "msgspec":
            raise ImportError(name)
        return real(name, *args, **named)

    fhir_decode._fast_decoder.cache_clear()
    builtins.__import__ = refuse
    try:
        yield
    finally:
        builtins.__import__ = real
        fhir_decode._fast_decoder.cache_clear()


def summary(claims: ClaimsIn) -> tuple[list[str], list[str], tuple[str, ...]]:
    lines = [repr(line) + str(line.member_id) + str(line.birth_date) for line in claims]
    return lines, [str(bad) for bad in claims.bad_lines.kept], tuple(claims.notes)


def both_ways(path: Path) -> tuple[list[str], list[str], tuple[str, ...]]:
    fast = summary(read_claims(path))
    with without_msgspec():
        assert fhir_decode._fast_decoder(dict, frozenset()) is None
        slow = summary(read_claims(path))
    assert fast == slow
    return fast


def test_a_full_claim_is_read_in_one_pass_and_alike(tmp_path: Path) -> None:
    raw = json.dumps(FULL).encode()
    assert fhir_decode._fast(Claim, raw, frozenset()) is not None
    path = tmp_path / "claims.ndjson"
    path.write_bytes(raw)
    lines, bad, _ = both_ways(path)
    assert len(lines) == 2
    assert not bad


def test_nothing_is_taken_for_something(tmp_path: Path) -> None:
    empty = dict.fromkeys(FULL) | {"resourceType": "Claim", "id": "n"}
    nulls = copy.deepcopy(FULL) | {"id": "m", "identifier": [None], "diagnosis": [None]}
    nulls["item"] = [dict.fromkeys(FULL["item"][0])]
    path = tmp_path / "claims.ndjson"
    path.write_text(ndjson([empty, nulls]))
    lines, bad, _ = both_ways(path)
    assert len(lines) == 1
    assert not bad


JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False),
    st.text(max_size=8),
    st.sampled_from(["2025-02-30", "urn:uuid:x", "#o", "Patient/", "?", "IGNORED_FIELD"]),
    st.lists(st.integers(0, 3), max_size=3),
    st.just({}),
    st.just({"coding": [{"system": CPT, "code": "99213"}]}),
    st.just([{"coding": []}]),
)


def _places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children = (
        node.items()
        if isinstance(node, dict)
        else enumerate(node)
        if isinstance(node, list)
        else ()
    )
    return [path] * bool(path) + [
        each for key, child in children for each in _places(child, (*path, key))
    ]


PLACES = _places(FULL)


@given(st.lists(st.tuples(st.sampled_from(PLACES), JUNK, st.booleans()), min_size=1, max_size=3))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_mutated_claims_are_read_alike_and_every_item_is_accounted_for(
    tmp_path: Path, changes: list[tuple[tuple[Any, ...], Any, bool]]
) -> None:
    made: Json = copy.deepcopy(FULL)
    for place, junk, drop in changes:
        _change(made, place, junk, drop)
    path = tmp_path / "claims.ndjson"
    path.write_text(json.dumps(made) + "\n" + json.dumps(claim(id="last")) + "\n")
    lines, bad, notes = both_ways(path)
    assert any("claim_id='last'" in line for line in lines)
    is_claim = made.get("resourceType") == "Claim"
    items = made.get("item")
    if is_claim and isinstance(items, list) and not any("unit" in each for each in notes):
        claim_refused = any("a claim is not" in each for each in bad)
        assert claim_refused or len(lines) - 1 + len(bad) == len(items)


def _change(made: Any, place: tuple[Any, ...], junk: Any, drop: bool) -> None:
    node = made
    for key in place[:-1]:
        try:
            node = node[key]
        except (KeyError, IndexError, TypeError):
            return
    last = place[-1]
    is_there = isinstance(node, list) and isinstance(last, int) and last < len(node)
    if isinstance(node, dict) and drop:
        node.pop(last, None)
    elif isinstance(node, dict) or is_there:
        node[last] = junk


@given(st.integers(1, 9999), st.sampled_from([b'"', b"{", b"]", b"\\", b"\x00", b"\xc3", b","]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_byte_may_be_wrong(tmp_path: Path, at: int, byte: bytes) -> None:
    for text in (ndjson([FULL, claim(id="last")]), json.dumps([FULL, claim(id="last")], indent=1)):
        raw = text.encode()
        place = max(1, at % len(raw))
        path = tmp_path / "claims.json"
        path.write_bytes(raw[:place] + byte + raw[place + 1 :])
        both_ways(path)


@pytest.mark.parametrize("value", ["1e400", "12345678901234567890", "0.1", "1E2", "-0", "1.50"])
def test_numbers_are_the_same_both_ways(tmp_path: Path, value: str) -> None:
    path = tmp_path / "claims.ndjson"
    path.write_text(json.dumps(claim(item(net={"value": 77}))).replace("77", value))
    both_ways(path)


def test_numbers_of_any_size_set_their_line_aside(tmp_path: Path) -> None:
    path = tmp_path / "claims.ndjson"
    pointing = claim(
        item(1, diagnosisSequence=[10**25]),
        item(2, diagnosisSequence=[1]),
        id="b",
        diagnosis=[{"sequence": 1, "diagnosisCodeableConcept": concept("I10", None)}],
    )
    path.write_text(ndjson([claim(item(10**25), item(2), id="a"), pointing]))
    lines, bad, _ = both_ways(path)
    assert len(lines) == len(bad) == 2
    in_columns = read_claims(path)
    assert sum(batch.count for batch in in_columns.in_columns(("pointed_diagnoses",))) == 2
    assert [str(each) for each in in_columns.bad_lines.kept] == bad
