"""Read the scores of methods on lesions with known positions from the page with the table."""

from __future__ import annotations

from dataclasses import dataclass

from viewer.resource_files import resource_path

PAGE = "lesion-table"


@dataclass(frozen=True)
class LesionRow:
    """Scores of a method, as printed in the table.

    Parameters
    ----------
    method
        Name of the method.
    rank
        Rank by overlap, from 1; 0 for baselines.
    cells
        Text of each column.
    """

    method: str
    rank: int
    cells: dict[str, str]


@dataclass(frozen=True)
class LesionTable:
    """Table of all methods, ordered by overlap."""

    columns: tuple[str, ...]
    rows: dict[str, LesionRow]

    @property
    def method_count(self) -> int:
        """Number of methods in the table, without the baselines (brightness and random values)."""
        return sum(row.rank > 0 for row in self.rows.values())


def read_lesion_table() -> LesionTable:
    """Return the table of the guide's page."""
    return parse_lesion_table(resource_path(f"docs/guide/{PAGE}.md").read_text(encoding="utf-8"))


def parse_lesion_table(text: str) -> LesionTable:
    """Parse the first table of a page, with methods in the first column and baselines in parentheses.

    Raises
    ------
    ValueError
        There is no table.
    """
    lines = [line for line in text.splitlines() if line.startswith("|")]
    if len(lines) < 3:
        raise ValueError("the page has no table")
    headings, _, *body = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    rows: dict[str, LesionRow] = {}
    rank = 0
    for name, *cells in body:
        is_method = not name.startswith("(")
        rank += is_method
        method = name.strip("`")
        rows[method] = LesionRow(
            method, rank if is_method else 0, dict(zip(headings[1:], cells, strict=True))
        )
    return LesionTable(tuple(headings[1:]), rows)
