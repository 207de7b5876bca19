from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateways.typst.problems import Problem, TemplateInvalid
from gateways.typst.template import LARGEST_TEMPLATE, MOST_COLUMNS, MOST_PROBLEMS, MOST_VARIABLES, parsed
from tests.gateways.typst.trees import paragraph, template, text, tree


def problems(tree: Any) -> list[Problem]:
    with pytest.raises(TemplateInvalid) as raised:
        parsed(orjson.dumps(tree))
    assert raised.value.code == "template_invalid"
    return list(raised.value.problems)


def test_variables_stand_in_texts_and_by_themselves() -> None:
    made = template(
        paragraph(text("Entre {{ client }} e {{us}}"), {"variable": "day", "bold": True}),
        client="text",
        us="text",
        day="date",
    )
    assert [variable.name for variable in made.variables] == ["client", "us", "day"]
    (block,) = made.blocks
    assert block.type == "paragraph"
    first, second = block.runs
    assert list(first.pieces()) == [(False, "Entre "), (True, "client"), (False, " e "), (True, "us")]
    assert list(second.pieces()) == [(True, "day")]


def test_all_problems_are_told_at_once() -> None:
    table = {"type": "table", "header": [[], []], "rows": [[[text("{{nobody}}")]]]}
    place = {"type": "signature", "signer": "us"}
    wrong = tree(
        paragraph(text("{{client"), {}, {"text": "a", "variable": "unused"}, text("中")),
        table,
        place,
        place,
        unused="text",
    )
    wrong["variables"].append({"name": "unused", "kind": "cpf"})
    assert problems(wrong) == [
        Problem("variable_declared_twice", "unused"),
        Problem("placeholder_invalid", "blocks.0.runs.0"),
        Problem("text_or_variable", "blocks.0.runs.1"),
        Problem("text_or_variable", "blocks.0.runs.2"),
        Problem("character_unsupported", "blocks.0.runs.3"),
        Problem("table_ragged", "blocks.1"),
        Problem("variable_undeclared", "blocks.1.rows.0.0.0"),
        Problem("signer_twice", "blocks.3.signer"),
    ]


@pytest.mark.parametrize(
    ("block", "field"),
    [
        ({"type": "script", "code": "1"}, "blocks.0"),
        ({"type": "paragraph", "runs": [{"text": "a", "url": "https://x.example"}]}, "blocks.0.runs.0.url"),
        ({"type": "paragraph", "runs": [{"text": 1}]}, "blocks.0.runs.0.text"),
        ({"type": "heading", "level": 7, "runs": []}, "blocks.0.level"),
        ({"type": "signature", "signer": "No Name"}, "blocks.0.signer"),
        ({"type": "list", "items": []}, "blocks.0.items"),
        ({"type": "table", "rows": []}, "blocks.0.rows"),
        ({"type": "page_break", "after": 3}, "blocks.0.after"),
    ],
)
def test_the_shape_is_checked_to_the_field(block: dict[str, Any], field: str) -> None:
    (problem,) = problems(tree(block))
    assert problem.field == field
    assert "x.example" not in problem.code


@pytest.mark.parametrize(
    ("block", "code"), [({"type": "script"}, "block_type_unknown"), ({"runs": []}, "block_type_missing")]
)
def test_a_block_says_what_it_is(block: dict[str, Any], code: str) -> None:
    assert problems(tree(block)) == [Problem(code, "blocks.0")]


@pytest.mark.parametrize("name", ["Client", "1st", "a-b", "", "a" * 61, "ação"])
def test_names_are_plain(name: str) -> None:
    found = problems({**tree(paragraph()), "variables": [{"name": name, "kind": "text"}]})
    assert found == [Problem("string_pattern_mismatch", "variables.0.name")]


def test_an_unused_variable_would_be_asked_for_in_vain() -> None:
    assert problems(tree(paragraph(), extra="text")) == [Problem("variable_unused", "extra")]


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b"\xff", b'{"title": "\\u0000"}', b"[" * 5000])
def test_what_is_no_template_is_refused(body: bytes) -> None:
    with pytest.raises(TemplateInvalid):
        parsed(body)


def test_two_hundred_variables_are_taken_and_one_more_is_refused() -> None:
    names = [f"field_{number}" for number in range(MOST_VARIABLES + 1)]
    whole = tree(*(paragraph({"variable": name}) for name in names), **dict.fromkeys(names, "text"))
    assert problems(whole) == [Problem("too_long", "variables")]
    whole["variables"].pop()
    whole["blocks"].pop()
    assert len(parsed(orjson.dumps(whole)).variables) == MOST_VARIABLES


def test_a_template_has_a_largest_size() -> None:
    rest = len(orjson.dumps(tree(paragraph(text("")))))
    largest = orjson.dumps(tree(paragraph(text("a" * (LARGEST_TEMPLATE - rest)))))
    assert len(largest) == LARGEST_TEMPLATE
    parsed(largest)
    with pytest.raises(TemplateInvalid) as raised:
        parsed(largest + b" ")
    assert raised.value.problems == (Problem("template_too_large", ""),)


def test_wide_tables_and_endless_problems_are_bounded() -> None:
    wide = {"type": "table", "rows": [[[]] * (MOST_COLUMNS + 1)]}
    assert problems(tree(wide)) == [Problem("columns_out_of_range", "blocks.0")]
    assert problems(tree({"type": "table", "rows": [[]]})) == [Problem("columns_out_of_range", "blocks.0")]
    assert len(problems(tree(*[paragraph({})] * 500))) == MOST_PROBLEMS
    assert len(problems(tree(*[{"type": "x"}] * 500))) == MOST_PROBLEMS


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.floats()
    | st.text(max_size=6)
    | st.sampled_from(["{{a}}", "a"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                "title variables name kind blocks type runs text variable items rows header signer".split()
            ),
            inner | st.sampled_from("paragraph table list signature heading text".split()),
            max_size=5,
        )
    ),
    max_leaves=20,
)


@settings(max_examples=300, deadline=None)
@given(JSON, JSON)
def test_any_json_is_a_template_or_a_refusal(blocks: Any, variables: Any) -> None:
    try:
        parsed(orjson.dumps({"title": "t", "blocks": blocks, "variables": variables}))
    except TemplateInvalid as error:
        refused = error
    else:
        return
    assert refused.problems
