"""Explain networks of several packages by every method, and compare with independent oracles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from viewer.commands.benchmarks.measurement import BenchmarkResult
from viewer.commands.benchmarks.network_matrix.cases import select_cases
from viewer.commands.benchmarks.network_matrix.cells import (
    CAPTURE,
    FORWARD,
    METHODS,
    CellVerdict,
    MatrixCell,
    measure_network,
)
from viewer.files import exists
from viewer.json_lines import append_json_lines, line_error, read_json_lines
from viewer.progress import Progress
from viewer.scans.provenance import LOUD_RESIDUAL

SYMBOLS = {
    CellVerdict.RIGHT: "=",
    CellVerdict.CALM: "~",
    CellVerdict.TOLD: "!",
    CellVerdict.REFUSED: "-",
    CellVerdict.WRONG: "W",
    CellVerdict.TORCH_SENTENCE: "S",
    CellVerdict.TRACEBACK: "T",
}
"""Letter of each verdict in a row of the matrix."""

COLUMNS = (CAPTURE, FORWARD, *METHODS)
FINE = (CellVerdict.RIGHT, CellVerdict.CALM)
FAULTS = (CellVerdict.WRONG, CellVerdict.TORCH_SENTENCE, CellVerdict.TRACEBACK)


def run(
    progress: Progress, packages: Sequence[str] = (), records: Path | None = None
) -> list[BenchmarkResult]:
    """Return a row of the matrix for each network, and the totals over all networks.

    Parameters
    ----------
    progress
        Updated for every network.
    packages
        Names of packages; by default all installed ones of `PACKAGES`.
    records
        File of JSON lines, one per cell. Networks in it are not measured again, and new cells are appended,
        so that a run can be continued.
    """
    cells = measure(progress, packages, records)
    return [*make_network_rows(cells), *make_total_rows(cells)]


def measure(
    progress: Progress, packages: Sequence[str] = (), records: Path | None = None
) -> list[MatrixCell]:
    """Return the cells of the networks of some packages; the arguments are those of `run`."""
    cells = [] if records is None else read_records(records)
    if records is not None:
        append_json_lines(records, ())  # fails before anything is measured if the file cannot be written
    finished = {(cell.package, cell.network) for cell in cells}
    cases = [case for case in select_cases(packages) if (case.package, case.name) not in finished]
    for index, case in enumerate(cases):
        progress.step(index, len(cases), case.title)
        new_cells = measure_network(case)
        cells += new_cells
        if records is not None:
            append_json_lines(records, [cell.as_json() for cell in new_cells], require_finite=False)
    progress.step(1, 1, "Done")
    return cells if not packages else [cell for cell in cells if cell.package in packages]


def read_records(path: Path) -> list[MatrixCell]:
    """Return the cells that an earlier run appended to a file; none if it does not exist.

    Raises
    ------
    ViewerError
        The file cannot be read, or a line is not a cell.
    """
    if not exists(path):
        return []
    cells = []
    for line_number, entry in enumerate(read_json_lines(path, require_finite=False), 1):
        try:
            cell = MatrixCell(**{**entry, "verdict": CellVerdict(entry["verdict"])})
        except (KeyError, TypeError, ValueError) as error:
            raise line_error(path, line_number, "is not a cell of the matrix") from error
        if not cell.has_valid_types:
            raise line_error(path, line_number, "is not a cell of the matrix")
        cells.append(cell)
    return cells


def make_network_rows(cells: Sequence[MatrixCell]) -> list[BenchmarkResult]:
    """Return a row per network: the number of right or calm methods, and a symbol for each column."""
    legend = ", ".join(f"{symbol} {verdict}" for verdict, symbol in SYMBOLS.items())
    rows = [BenchmarkResult("columns", len(COLUMNS), "", f"{', '.join(COLUMNS)} ({legend})")]
    networks = dict.fromkeys((cell.package, cell.network) for cell in cells)
    for package, network in networks:
        own_cells = {
            cell.method: cell for cell in cells if (cell.package, cell.network) == (package, network)
        }
        symbols = "".join(SYMBOLS[own_cells[name].verdict] if name in own_cells else " " for name in COLUMNS)
        calm_count = sum(own_cells[name].verdict in FINE for name in METHODS if name in own_cells)
        remarks = "; ".join(map(_format_remark, own_cells.values()))
        while "; ; " in remarks:
            remarks = remarks.replace("; ; ", "; ")
        rows.append(
            BenchmarkResult(f"{package} {network}", calm_count, "methods", f"{symbols} {remarks.strip('; ')}")
        )
    return rows


def _format_remark(cell: MatrixCell) -> str:
    """Return the remark on a cell that complements its symbol."""
    if cell.verdict in FAULTS or (cell.verdict is CellVerdict.REFUSED and cell.method == CAPTURE):
        return f"{cell.method}: {cell.text}"
    if cell.verdict is not CellVerdict.TOLD:
        return ""
    numbers = [
        f"{name} {value:.1g}"
        for name, value in (("error", cell.error), ("|R|", cell.size))
        if value is not None
    ]
    return f"{cell.method}: {', '.join(numbers)}"


def make_total_rows(cells: Sequence[MatrixCell]) -> list[BenchmarkResult]:
    """Return the totals over all networks."""
    networks = {(cell.package, cell.network) for cell in cells}
    packages = {cell.package for cell in cells}

    def cells_of_method(method: str) -> list[MatrixCell]:
        return [cell for cell in cells if cell.method == method]

    def make_share_row(
        name: str, method: str, accept: Callable[[MatrixCell], bool], target: str
    ) -> BenchmarkResult:
        counted = [
            cell
            for cell in cells_of_method(method)
            if method == CAPTURE or cell.verdict is not CellVerdict.REFUSED
        ]
        accepted = sum(map(accept, counted))
        percent = 100 * accepted / len(counted) if counted else float("nan")
        return BenchmarkResult(name, percent, "%", f"{accepted} of {len(counted)}; wanted: {target}")

    def is_right(cell: MatrixCell) -> bool:
        return cell.verdict is CellVerdict.RIGHT

    def is_complete(cell: MatrixCell) -> bool:
        # A sum that is inexact in single precision, and reported as cancelling noise, is not a fault of a
        # rule: it is exact in double precision.
        return cell.verdict in (CellVerdict.RIGHT, CellVerdict.TOLD)

    def has_small_residual(cell: MatrixCell) -> bool:
        return cell.error is not None and cell.error < LOUD_RESIDUAL

    rows = [
        BenchmarkResult("networks", len(networks), "", f"of {len(packages)} packages; wanted: 60 of 6"),
        make_share_row("captured", CAPTURE, is_right, "97%"),
        make_share_row("forward equal to the network's own", FORWARD, is_right, "100%"),
        make_share_row("gradient equal to automatic differentiation", "gradient", is_right, "100%"),
        make_share_row("DeepLIFT complete to 1e-3, reference 0", "deeplift", is_complete, "100%"),
        make_share_row(
            "DeepLIFT complete to 1e-3, reference blurred", "deeplift, blurred", is_complete, "100%"
        ),
        make_share_row("LRP, composite: residual below 10%", "lrp", has_small_residual, "80%"),
        make_share_row("LRP-ε: residual below 10%", "lrp-epsilon", has_small_residual, "80%"),
        make_share_row("occlusion equal to the network's own", "occlusion", is_right, "100%"),
    ]
    for verdict in FAULTS:
        count = sum(cell.verdict is verdict for cell in cells)
        rows.append(BenchmarkResult(f"cells: {verdict}", count, "", "wanted: 0"))
    return rows
