"""Numbers are written as a person writes them."""

from __future__ import annotations

import math

import pytest

from viewer.number_format import format_count, format_number, format_probability, format_share, format_signed


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (140.0, "140"),
        (143.7, "144"),
        (0.25, "0.25"),
        (0.38, "0.38"),
        (-0.0025, "−0.0025"),
        (0.00123456, "0.00123"),
        (0.0001, "0.0001"),
        (0.000099951, "0.0001"),
        (9.9996, "10"),
        (99.9976, "100"),
        (12345.6, "12346"),
        (999_999.4, "999999"),
        (1_000_000.0, "10⁶"),
        (2_500_000.0, "2.5·10⁶"),
        (1.6e-6, "1.6·10⁻⁶"),
        (-1.6e-12, "−1.6·10⁻¹²"),
        (math.nan, "–"),
        (math.inf, "–"),
    ],
)
def test_three_digits_and_no_exponent(value: float, expected: str) -> None:
    assert format_number(value) == expected


def test_a_change_has_its_sign() -> None:
    assert [format_signed(value) for value in (0.0025, -12.44, 0.0)] == ["+0.0025", "−12.4", "0"]


def test_other_digits() -> None:
    assert format_number(math.pi, 2) == "3.1"
    assert format_number(140.4, 2) == "140"
    assert format_number(math.pi, 5) == "3.1416"


@pytest.mark.parametrize(
    ("count", "words", "text"),
    [
        (0, ("output",), "0 outputs"),
        (1, ("output",), "1 output"),
        (2, ("output",), "2 outputs"),
        (1, ("class", "classes"), "1 class"),
        (12345, ("class", "classes"), "12,345 classes"),
    ],
)
def test_one_thing_is_in_the_singular(count: int, words: tuple[str, ...], text: str) -> None:
    assert format_count(count, *words) == text


@pytest.mark.parametrize(
    ("share", "decimals", "text"),
    [
        (0.0, 1, "0.0 %"),
        (1e-9, 1, "< 0.1 %"),
        (0.0009, 1, "< 0.1 %"),
        (0.001, 1, "0.1 %"),
        (0.1234, 1, "12.3 %"),
        (0.99949, 1, "99.9 %"),
        (0.9996, 1, "> 99.9 %"),
        (1.0, 1, "100.0 %"),
        (1 - 1e-7, 1, "100.0 %"),
        (0.004, 0, "< 1 %"),
        (0.62, 0, "62 %"),
        (0.997, 0, "> 99 %"),
    ],
)
def test_little_is_not_nothing_and_nearly_all_is_not_all(share: float, decimals: int, text: str) -> None:
    assert format_share(share, decimals) == text


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (0.0, 1, "< 0.1%"),
        (1e-26, 1, "< 0.1%"),
        (0.0004, 1, "< 0.1%"),
        (0.0006, 1, "0.1%"),
        (0.507, 1, "50.7%"),
        (0.9994, 1, "99.9%"),
        (0.9996, 1, "> 99.9%"),
        (1.0, 1, "> 99.9%"),
        (1.0, 2, "> 99.99%"),
        (0.99991, 2, "99.99%"),
        (math.nan, 1, "nan%"),
        (1.3, 1, "130.0%"),
        (-0.2, 1, "-20.0%"),
    ],
)
def test_no_probability_is_told_as_certain(value: float, decimals: int, text: str) -> None:
    assert format_probability(value, decimals) == text
