"""Format numbers: a few significant digits, no exponent such as 1.4e+02, no negative zero."""

from __future__ import annotations

import math

MIN_FIXED_POINT, MAX_FIXED_POINT = 1e-4, 1e6
ROUNDING = 1e-6
"""Shares closer to 1 than this may differ from 1 only by rounding of a 32-bit sum."""
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def format_signed(value: float, digits: int = 3) -> str:
    """Return a change as formatted by `format_number`, with its sign: "+0.0025", "−12.4", "0"."""
    text = format_number(value, digits)
    return text if text in ("0", "–") or value < 0 else f"+{text}"


def format_number(value: float, digits: int = 3) -> str:
    """Return a number with ``digits`` significant digits: "140", "0.0025", "−12.4", "1.6·10⁻⁶".

    Trailing zeros after the decimal point are omitted; non-finite numbers become "–". Whole numbers below a
    million keep all digits.
    """
    if not math.isfinite(value):
        return "–"
    rounded = float(f"{value:.{max(digits, 1)}g}")
    if rounded == 0:
        return "0"
    size = abs(rounded)
    sign = "−" if rounded < 0 else ""
    if size >= MIN_FIXED_POINT and abs(value) < MAX_FIXED_POINT - 0.5:
        decimals = max(digits - 1 - math.floor(math.log10(size)), 0)
        text = f"{abs(value):.{decimals}f}"
        return sign + (text.rstrip("0").rstrip(".") if "." in text else text)
    mantissa, _, exponent = f"{size:.{digits - 1}e}".partition("e")
    mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    power = f"10{str(int(exponent)).translate(SUPERSCRIPTS)}"
    return sign + (power if mantissa == "1" else f"{mantissa}·{power}")


def format_share(share: float, decimals: int = 1, unit: str = " %") -> str:
    """Return a share of 0 to 1 in percent: "12.3 %".

    Shares that would round to 0 or 100 without being 0 or 1 are given as limits: "< 0.1 %", "> 99.9 %".
    """
    percent, step = 100 * share, 10.0**-decimals
    if 0 < percent < step:
        return f"< {step:.{decimals}f}{unit}"
    if share < 1 - ROUNDING and f"{percent:.{decimals}f}" == f"{100:.{decimals}f}":
        return f"> {100 - step:.{decimals}f}{unit}"
    return f"{percent:.{decimals}f}{unit}"


def format_probability(value: float, decimals: int = 1, unit: str = "%") -> str:
    """Return a probability in percent; values that round to 0 or 100 are limits: "< 0.1%", "> 99.9%".

    No probability is shown as certain, since a softmax reaches 0 or 1 only by rounding. Values outside the
    range 0 to 1 are shown as they are.
    """
    text, resolution = f"{100 * value:.{decimals}f}", 10.0**-decimals
    if 0 <= value <= 1 and float(text) == 0:
        return f"< {resolution:.{decimals}f}{unit}"
    if 0 <= value <= 1 and float(text) == 100:
        return f"> {100 - resolution:.{decimals}f}{unit}"
    return text + unit


def format_count(count: int, singular: str, plural: str = "") -> str:
    """Return a count with its noun in singular or plural: "1 output", "0 outputs", "2,000 classes".

    ``plural`` is the plural if it is not ``singular`` plus an s.
    """
    return f"{count:,} {singular if count == 1 else plural or f'{singular}s'}"
