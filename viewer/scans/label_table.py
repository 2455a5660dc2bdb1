"""Atlas label names from text tables (TSV, CSV, look-up tables); files of unknown format are refused.

A format must match every line of the file: a partly parsed line would give names that contain colours or
coordinates, and the error would go unnoticed.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from viewer.errors import ScanError
from viewer.scans.label_numbers import clean_name, index_error, is_decimal, parse_index

Pair = tuple[int, str]
Rows = list[list[str]]

MAX_LINE_LENGTH = 20_000
MAX_LINES = 100_000
KNOWN = (
    "TSV or CSV whose first line names the columns, such as index and name; JSON; the XML of FSL or SPM; or "
    "a look-up table of FreeSurfer, FSL, ITK-SNAP, AAL or wb_command"
)

NUMBER_COLUMNS = (
    "index", "value", "label_id", "labelid", "label_value", "roi_id", "roiid", "roi_index", "roi_label",
    "roi_number", "region_id", "regionid", "parcel_id", "structure_id", "id", "number", "no", "key",
    "intensity", "roi", "label",
)  # fmt: skip
NAME_COLUMNS = (
    "name", "label_name", "labelname", "roi_name", "roiname", "region_name", "regionname", "structure_name",
    "parcel_name", "full_name", "label", "labels", "region", "structure", "roi",
)  # fmt: skip
SIDE_COLUMNS = ("hemi", "hemisphere", "side")
COLOUR_COLUMNS = ("r", "g", "b", "a", "red", "green", "blue", "alpha")
MISSING = ("", "n/a")

CODE = 1000
"""Lowest of AAL's own region codes, the number after the name."""

BRIGHTEST = 255


@dataclass(frozen=True)
class _Line:
    number: int
    text: str
    words: tuple[str, ...]


def read_table_labels(path: Path, text: str) -> list[Pair]:
    """Return the numbers and names in a table of any known format.

    Raises
    ------
    ScanError
        It is not a table of labels, or of an unknown format; the message names what cannot be parsed.
    """
    lines, comments = _split_lines(path, text)
    if not lines:
        return []
    for delimiter in ("\t", ",", ";"):
        if delimiter in lines[0].text:
            pairs = _parse_delimited(path, lines, comments, delimiter)
            if pairs is not None:
                return pairs
    return _parse_spaced(path, lines)


def _split_lines(path: Path, text: str) -> tuple[list[_Line], list[str]]:
    """Return the lines that are neither empty nor comments, and the comments before the first of them."""
    lines: list[_Line] = []
    comments: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if number > MAX_LINES:
            raise ScanError(path, f"has more than {MAX_LINES:,} lines, too many for region names")
        if len(line) > MAX_LINE_LENGTH:
            raise ScanError(path, f"has no region names: line {number} is {len(line):,} characters long")
        if line.lstrip().startswith("#"):
            if not lines:
                comments.append(line.strip().lstrip("#").strip())
        elif line.strip():
            lines.append(_Line(number, line, tuple(line.split())))
    return lines, comments


# Columns separated by tabs, commas or semicolons


def _parse_delimited(
    path: Path, lines: list[_Line], comments: list[str], delimiter: str
) -> list[Pair] | None:
    """Return the pairs; None if the lines are not separated by this delimiter."""
    try:
        reader = csv.reader([line.text for line in lines], delimiter=delimiter)
        # A quoted cell may span several lines: the line number of a row is that of its last line.
        rows, numbers = [], []
        for row in reader:
            rows.append([cell.strip() for cell in row])
            numbers.append(lines[reader.line_num - 1].number)
    except csv.Error as error:
        raise ScanError(path, f"is not a table ({error})") from error
    headers = _normalise_headers(rows[0])
    if any(is_decimal(cell) for cell in rows[0]):
        # The first row is data; the column names may be in the comment before it.
        headers = _normalise_headers(comments[-1].split(delimiter)) if comments else []
        _check_index_column(path, numbers, headers, rows)
        if not _find_columns(headers, rows):
            return _parse_headless(path, numbers, rows)
    elif len(lines) > 1 and not any(is_decimal(cell) for row in rows[1:] for cell in row):
        return None  # the delimiter occurs within names, not between columns
    else:
        rows, numbers = rows[1:], numbers[1:]
        _check_index_column(path, numbers, headers, rows)
    columns = _find_columns(headers, rows)
    if columns is None:
        if not rows:
            return []
        listed = ", ".join(clean_name(header) for header in headers)[:200]
        raise ScanError(
            path,
            f"has the columns {listed}: which of them hold the region numbers and names is unclear",
            "call them index and name",
        )
    number, name = columns
    side_column = next((headers.index(header) for header in SIDE_COLUMNS if header in headers), None)
    named_rows = [
        (value, row)
        for row in rows
        if len(row) > max(number, name) and (value := parse_index(row[number])) is not None
    ]
    pairs = [(value, row[name]) for value, row in named_rows if row[name].lower() not in MISSING]
    if side_column is not None and len({name for _, name in pairs}) < len(pairs):
        # Regions of both hemispheres share a name: the side column is needed to distinguish them.
        pairs = [
            (value, f"{row[name]} {row[side_column] if len(row) > side_column else ''}")
            for value, row in named_rows
            if row[name].lower() not in MISSING
        ]
    return pairs


def _normalise_headers(cells: Sequence[str]) -> list[str]:
    """Return column names in lower case, words joined by underscores."""
    return [
        "_".join(cell.lower().strip(' "#:.').replace("-", " ").replace("_", " ").split()) for cell in cells
    ]


def _check_index_column(path: Path, line_numbers: list[int], headers: list[str], rows: Rows) -> None:
    """Raise ScanError for an index column with an invalid cell, rather than use another column.

    A numeric column counts as an index column if at least half of its cells are valid indices, which excludes
    measurements called ``value``. Without any index column, the first numeric column is reported.
    """
    doubtful = None
    for header in NUMBER_COLUMNS:
        if header not in headers:
            continue
        column = headers.index(header)
        cells = [
            (number, row[column])
            for number, row in zip(line_numbers, rows, strict=True)
            if len(row) > column and row[column].lower() not in MISSING
        ]
        invalid = [(number, cell) for number, cell in cells if parse_index(cell) is None]
        if cells and not invalid:
            return
        holds_names = header in NAME_COLUMNS and not all(is_decimal(cell) for _, cell in cells)
        if not cells or holds_names:
            continue
        if 2 * len(invalid) <= len(cells):
            raise index_error(path, invalid[0][1], invalid[0][0], header)
        if doubtful is None and all(is_decimal(cell) for _, cell in cells):
            doubtful = index_error(path, invalid[0][1], invalid[0][0], header)
    if doubtful is not None:
        raise doubtful


def _find_columns(headers: list[str], rows: Rows) -> tuple[int, int] | None:
    """Return the columns of indices and of names, by their headers and contents; None if not found."""
    number = next(
        (
            column
            for header in NUMBER_COLUMNS
            if (column := _find_column(headers, header, rows, holds_indices=True)) >= 0
        ),
        None,
    )
    if number is None:
        return None
    for header in NAME_COLUMNS:
        column = _find_column(headers, header, rows, holds_indices=False)
        if column >= 0 and column != number:
            return number, column
    return None


def _find_column(headers: list[str], header: str, rows: Rows, *, holds_indices: bool) -> int:
    """Return the position of a column of indices, or of names (not all numbers); -1 if there is none."""
    if header not in headers:
        return -1
    column = headers.index(header)
    cells = [row[column] for row in rows if len(row) > column and row[column].lower() not in MISSING]
    if holds_indices:
        return column if cells and all(parse_index(cell) is not None for cell in cells) else -1
    return column if any(not is_decimal(cell) for cell in cells) else -1


def _parse_headless(path: Path, line_numbers: list[int], rows: Rows) -> list[Pair] | None:
    """Return the pairs of rows without a header: number and text, or AAL's short name, name and number."""
    width = len(rows[0])
    if width < 2 or any(len(row) < 2 for row in rows):
        return None
    rows = [row + [""] * (width - len(row)) for row in rows]
    kinds = [_content_type([row[column] for row in rows if len(row) > column]) for column in range(width)]
    text_columns = [column for column, kind in enumerate(kinds) if kind == "text"]
    if kinds[:3] == ["text", "text", "whole"] and width == 3:
        return [(parse_index(row[2]) or 0, row[1]) for row in rows]
    if len(text_columns) != 1:
        return None
    whole_columns = [column for column, kind in enumerate(kinds) if kind == "whole"]
    number = 0 if 0 in whole_columns else whole_columns[0] if len(whole_columns) == 1 else None
    if number is None and not whole_columns and kinds[0] == "number":
        line, cell = next(
            (line, row[0])
            for line, row in zip(line_numbers, rows, strict=True)
            if parse_index(row[0]) is None
        )
        raise index_error(path, cell, line)
    if number is None:
        return None
    return [(parse_index(row[number]) or 0, row[text_columns[0]]) for row in rows]


def _content_type(cells: list[str]) -> str:
    """Return the content type of a column: "whole" (indices), "number", "empty" or "text"."""
    if not any(cells):
        return "empty"
    if all(parse_index(cell) is not None for cell in cells):
        return "whole"
    return "number" if all(is_decimal(cell) or not cell for cell in cells) else "text"


# Columns separated by spaces


def _parse_spaced(path: Path, lines: list[_Line]) -> list[Pair]:
    headers = _normalise_headers(lines[0].words)
    column_names = {*NUMBER_COLUMNS, *NAME_COLUMNS, *SIDE_COLUMNS, *COLOUR_COLUMNS}
    if len(lines) > 1 and len(headers) > 1 and all(header in column_names for header in headers):
        lines = lines[1:]
    dialects: tuple[Callable[[list[_Line]], list[Pair] | None], ...] = (
        _parse_wb_command,
        _parse_aal,
        lambda table_lines: _parse_each_line(table_lines, _parse_itk_snap),
        lambda table_lines: _parse_each_line(table_lines, _parse_fsl),
        _parse_freesurfer,
        lambda table_lines: _parse_each_line(table_lines, _parse_number_first),
        lambda table_lines: _parse_each_line(table_lines, _parse_number_last),
        lambda table_lines: _parse_each_line(
            table_lines, lambda line: _parse_number_first(line) or _parse_number_last(line)
        ),
    )
    for dialect in dialects:
        if pairs := dialect(lines):
            return pairs
    if not any(is_decimal(word) for line in lines for word in line.words):
        raise ScanError(
            path,
            "has no region names in a known format: no numbers assign the names to values",
            f"give {KNOWN}",
        )
    number_is_last = not any(is_decimal(line.words[0]) for line in lines)
    for line in lines:
        # The index is a line's first word or, if no line begins with a number, its last.
        word = line.words[-1 if number_is_last else 0].rstrip(":,;")
        if is_decimal(word) and parse_index(word) is None:
            raise index_error(path, word, line.number)
    odd_line = _first_unparsed_line(lines)
    raise ScanError(
        path,
        f"has no region names in a known format: line {odd_line.number} is "
        f"{clean_name(odd_line.text)[:60]!r}",
        f"give {KNOWN}",
    )


def _parse_each_line(lines: list[_Line], parse: Callable[[_Line], Pair | None]) -> list[Pair] | None:
    """Return the pairs of all lines; None if one cannot be parsed."""
    pairs = []
    for line in lines:
        pair = parse(line)
        if pair is None:
            return None
        pairs.append(pair)
    return pairs


def _first_unparsed_line(lines: list[_Line]) -> _Line:
    """Return the line for the error message: the first that is not a number and a name."""
    return next((line for line in lines if _parse_number_first(line) is None), lines[0])


def _parse_wb_command(lines: list[_Line]) -> list[Pair] | None:
    """Parse wb_command tables: a line with the name, then one with key, red, green, blue and alpha."""
    if len(lines) % 2:
        return None
    pairs = []
    for name, colours in zip(lines[::2], lines[1::2], strict=True):
        numbers = [parse_index(word) for word in colours.words]
        if len(numbers) != 5 or None in numbers or any((channel or 0) > BRIGHTEST for channel in numbers[1:]):
            return None
        pairs.append((numbers[0] or 0, name.text))
    return pairs


def _parse_itk_snap(line: _Line) -> Pair | None:
    """Parse ITK-SNAP: index, red, green, blue, alpha, visibility, mesh visibility and the quoted name."""
    numbers = line.words[:7]
    quoted = line.text.partition('"')[2]
    number = parse_index(line.words[0])
    if len(line.words) < 8 or not all(map(is_decimal, numbers)) or number is None:
        return None
    if not line.words[7].startswith('"') or not quoted.rstrip().endswith('"'):
        return None
    return number, quoted.rstrip()[:-1]


def _parse_fsl(line: _Line) -> Pair | None:
    """Parse FSL look-up tables: index, red, green, blue from 0 to 1 (or 255), and the name."""
    if len(line.words) < 5 or not all(map(is_decimal, line.words[:4])):
        return None
    number = parse_index(line.words[0])
    name = " ".join(line.words[4:])
    if number is None or all(map(is_decimal, line.words[4:])) or is_decimal(line.words[4]):
        return None
    return number, name


def _parse_freesurfer(lines: list[_Line]) -> list[Pair] | None:
    """Parse FreeSurfer tables: index, name, red, green, blue, alpha, and further numbers in FreeSurfer 8.

    A name of one word is followed only by numbers. After a name of several words, exactly four numbers are
    colours: a fifth may belong to the name ("Area 4").
    """
    pairs, cut_names = [], []
    for line in lines:
        words = _strip_comment(line.words)
        number = parse_index(words[0])
        name_end = len(words)
        while name_end > 1 and is_decimal(words[name_end - 1]):
            name_end -= 1
        colour_count = len(words) - name_end
        if number is None or name_end < 2 or colour_count < 4:
            return None
        if name_end > 2 and colour_count > 4:
            name_end = len(words) - 4
        name = " ".join(words[1:name_end])
        if name_end == 2 and colour_count > 4:
            cut_names.append(name)
        pairs.append((number, name.strip('"')))
    names = [name for _, name in pairs]
    if len(set(cut_names)) < len(cut_names) or any(names.count(name) > 1 for name in set(cut_names[:20])):
        return None
    return pairs


def _strip_comment(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words before a comment that follows a number."""
    for index in range(2, len(words)):
        if words[index].startswith("#") and is_decimal(words[index - 1]):
            return words[:index]
    return words


def _parse_aal(lines: list[_Line]) -> list[Pair] | None:
    """Parse AAL tables: index, name, and AAL's own region code or the index again."""
    pairs = []
    for line in lines:
        if len(line.words) < 3:
            return None
        number, code = parse_index(line.words[0]), parse_index(line.words[-1])
        if number is None or code is None or (code < CODE and code != number):
            return None
        if any(map(is_decimal, line.words[1:-1])):
            return None
        pairs.append((number, " ".join(line.words[1:-1])))
    return pairs


def _parse_number_first(line: _Line) -> Pair | None:
    """Parse a number and a name, separated by a colon or spaces; the name may end with one number."""
    first, rest = line.words[0], line.words[1:]
    if len(rest) > 0 and rest[0] in (":", "=", "-"):
        rest = rest[1:]
    number = parse_index(first.rstrip(":"))
    if number is None and not rest:
        first, _, name = first.partition(":")
        number, rest = parse_index(first), (name,) if name else ()
    if number is None or not rest or is_decimal(rest[0]):
        return None
    if len(rest) > 2 and is_decimal(rest[-1]) and is_decimal(rest[-2]):
        return None  # an unknown number of colours, coordinates or the like
    return number, " ".join(rest).strip('"')


def _parse_number_last(line: _Line) -> Pair | None:
    """Parse a name of one word, or a short name and a name, followed by the number."""
    number = parse_index(line.words[-1])
    names = line.words[:-1]
    if number is None or not 1 <= len(names) <= 2 or any(map(is_decimal, names)):
        return None
    return number, names[-1]
