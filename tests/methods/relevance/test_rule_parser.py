"""Rules written as words with numbers."""

from __future__ import annotations

import pytest

from viewer.errors import MethodError
from viewer.methods.relevance.rule_parser import parse_rule


def test_numbers_that_are_joined_by_colons_are_answered_with_an_example() -> None:
    assert parse_rule("alpha-beta:1,0", "lrp").parameters == (1.0, 0.0)
    with pytest.raises(MethodError, match="numbers of the rule 'alpha-beta:1:0' cannot be read") as caught:
        parse_rule("alpha-beta:1:0", "lrp")
    example = str(caught.value).rpartition("as in ")[2]
    assert parse_rule(example, "lrp").name == "alpha-beta"
    assert "separate them by commas" in str(caught.value)
