import json
from dataclasses import replace

from tasks.core.grounding.unprovable import UnprovableWords
from tasks.core.loop.grounded_answer import ground_answer
from tasks.core.records import Candidate, FieldName, Finding, FindingKind, FindingSource, Part
from tasks.core.wire.native_format import critique_request, generate_request
from tests.unit.core.builders import body_chunk, page, small_schema

TEXT = "Python and Flask"
CHUNK = body_chunk(TEXT)
SCHEMA = small_schema("skills")


def test_later_rounds_name_the_value_a_finding_is_about():
    previous = (Candidate(FieldName("skills"), "Python", "Python", 0.9, None),)
    finding = Finding(
        FindingKind.REDUNDANT, FindingSource.CRITIC, FieldName("skills"), 0, "Python", None, 0.8, "why"
    )
    sent = json.loads(generate_request(SCHEMA, CHUNK, (), 2, previous, (finding,)))
    assert sent["findings"][0]["value"] == "Python"
    assert sent["previous"][0]["quote"] == "Python"


def test_critic_sees_the_place_of_each_grounded_candidate():
    raw = json.dumps({"items": [{"field": "skills", "quote": q} for q in ("Flask", "Django", "Python")]})
    answer = ground_answer(raw, SCHEMA, CHUNK, TEXT, [page(1, 0, len(TEXT))], UnprovableWords())
    sent = json.loads(critique_request(SCHEMA, CHUNK, (), 1, answer.placed()))
    assert [TEXT[c["start"] : c["end"]] for c in sent["candidates"]] == ["Flask", "Python"]


def test_schema_travels_whole():
    sent = json.loads(generate_request(SCHEMA, CHUNK, (), 1))
    assert sent["schema"]["fields"][0]["name"] == "skills"


def test_only_records_have_parts_and_findings_about_parts():
    part = Part("payer", "Tarn AB", "Tarn AB", None)
    previous = (Candidate(FieldName("skills"), "{}", "Python", 0.9, None, (part,)),)
    finding = Finding(
        FindingKind.REDUNDANT, FindingSource.CRITIC, FieldName("skills"), 0, "x", None, 0.8, "why", "payer"
    )
    sent = json.loads(generate_request(SCHEMA, CHUNK, (), 2, previous, (finding,)))
    shown = json.loads(critique_request(SCHEMA, CHUNK, (), 2, [(previous[0], 0, 0, 6)]))
    parts = [{"name": "payer", "value": "Tarn AB", "quote": "Tarn AB"}]
    assert sent["previous"][0]["parts"] == shown["candidates"][0]["parts"] == parts
    assert sent["findings"][0]["part"] == "payer"
    plain = (Candidate(FieldName("skills"), "Python", "Python", 0.9, None),)
    assert "parts" not in json.loads(generate_request(SCHEMA, CHUNK, (), 2, plain))["previous"][0]


def test_only_a_chunk_that_opens_another_agreement_says_so():
    opening = replace(CHUNK, chunk_index=3)
    later = replace(opening, position=0.2)
    sent = [json.loads(generate_request(SCHEMA, chunk, (), 1))["chunk"] for chunk in (CHUNK, opening, later)]
    assert [chunk.get("opens_agreement") for chunk in sent] == [None, True, None]
