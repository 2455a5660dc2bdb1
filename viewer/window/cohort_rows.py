"""Table model of a cohort's participants: map, prediction, columns and fit; sorted and filtered."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QGuiApplication, QPalette

from viewer.errors import ScanError
from viewer.number_format import format_number
from viewer.scans.scan_table import is_missing
from viewer.session.cohort_view import CohortView
from viewer.window.translation import format_numbers, translate_sentence

if TYPE_CHECKING:
    from viewer.cohorts.cohort_table import CohortPrediction, CohortTable
    from viewer.cohorts.nearest_scans import NearestScans
    from viewer.cohorts.participants import Participant

NO_PARENT = QModelIndex()
NUMBERS = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
NO_PREDICTION = "–"
Key = tuple[float, str]
MISSING_KEY: Key = (math.inf, "")
Column = tuple[str, Callable[["Participant"], str], Callable[["Participant"], Key]]
"""Title, text and sort key of a column."""


class CohortTableModel(QAbstractTableModel):
    """Participants of a cohort, for one network and method."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._table: CohortTable | None = None
        self._rows: list[Participant] = []
        self._model = self._description = self._output = ""
        self._columns: list[Column] = []
        self._distances: dict[str, float] = {}
        self._sort_keys: dict[int, dict[Participant, Key]] = {}
        self._sort_order: tuple[int, Qt.SortOrder] = (-1, Qt.SortOrder.AscendingOrder)
        self.filter_problem = ""
        """Reason why the filter selects no participants; empty if it selects any."""

    def set_view(
        self, table: CohortTable | None, view: CohortView | None, nearest: NearestScans | None = None
    ) -> None:
        """Show the participants that the view's filter selects, with the results of its network and method.

        With ``nearest``, show only the reference of that list and, by distance, the scans nearest to it.
        """
        from viewer.cohorts.participant_filter import select_participants

        self.beginResetModel()
        self._table, self._rows, self._columns, self.filter_problem = table, [], [], ""
        self._sort_keys = {}
        if table is not None and view is not None:
            self._model = view.model
            self._description = table.cohort_folder.description(view.model, view.method)
            self._output = self._select_output(table)
            self._distances = {} if nearest is None else _distances(nearest)
            self._columns = self._make_columns(table)
            if nearest is not None:
                rows = {row.label: row for row in table.rows}
                self._rows = [rows[label] for label in self._distances if label in rows]
            else:
                try:
                    self._rows = list(select_participants(table.rows, view.among or None))
                except ScanError as error:
                    self.filter_problem = translate_sentence(str(error))
                self._sort()
        self.endResetModel()

    def participant_at(self, index: int) -> Participant:
        """Return the participant of a row."""
        return self._rows[index]

    def index_of(self, label: str) -> int:
        """Return the row of a participant; -1 if the participant is not shown."""
        return next((index for index, row in enumerate(self._rows) if row.label == label), -1)

    def no_map_reason(self, participant: Participant) -> str:
        """Return why a participant has no map, "missing" if that is unknown; empty if there is a map."""
        return "" if self._table is None else self._table.map_status(participant, self._description)

    @property
    def row_count(self) -> int:
        """Number of rows."""
        return len(self._rows)

    @property
    def map_count(self) -> int:
        """Number of rows that have a map."""
        return sum(not self.no_map_reason(row) for row in self._rows)

    # Columns

    def _select_output(self, table: CohortTable) -> str:
        """Return the output to show: the target, if it is an output; empty for the largest."""
        target = table.cohort_folder.settings.get("target")
        if isinstance(target, Mapping):
            target = target.get(self._model)
        candidates = (
            prediction.outputs for (_, model), prediction in table.predictions.items() if model == self._model
        )
        outputs = next(iter(candidates), {})
        if isinstance(target, str) and target in outputs:
            return target
        return next(iter(outputs)) if len(outputs) == 1 else ""

    def _make_columns(self, table: CohortTable) -> list[Column]:
        entries: list[Column] = [
            (self.tr("Participant"), lambda row: row.label, lambda row: (0.0, row.label))
        ]
        if self._distances:
            entries.append((self.tr("Distance"), self._distance_text, self._distance_key))
        entries.append((self.tr("Map"), self._state_text, lambda row: (0.0, self._state_text(row))))
        if any(model == self._model for _, model in table.predictions):
            entries.append((self._prediction_title(table), self._prediction_text, self._prediction_key))
        entries += [_value_column(column) for column in table.columns]
        if any(model == self._model for _, model in table.predictions):
            entries.append((self.tr("Fit"), self._fit_text, lambda row: (0.0, self._fit_text(row))))
        return entries

    def _distance_text(self, participant: Participant) -> str:
        distance = self._distances[participant.label]
        return self.tr("itself") if distance < 0 else format_numbers(f"{distance:.3g}")

    def _distance_key(self, participant: Participant) -> Key:
        return self._distances[participant.label], ""

    def _state_text(self, participant: Participant) -> str:
        state = self.no_map_reason(participant)
        if not state:
            return self.tr("yes")
        return self.tr("missing") if state == "missing" else self.tr("failed")

    def _prediction(self, participant: Participant) -> CohortPrediction | None:
        return None if self._table is None else self._table.predictions.get((participant.label, self._model))

    def _prediction_title(self, table: CohortTable) -> str:
        if not self._output:
            return self.tr("Prediction")
        first = next(
            prediction for (_, model), prediction in table.predictions.items() if model == self._model
        )
        return self.tr("P({})").format(self._output) if first.are_probabilities else self._output

    def _prediction_text(self, participant: Participant) -> str:
        prediction = self._prediction(participant)
        if prediction is None:
            return NO_PREDICTION
        name = self._output or prediction.largest_output()
        value = prediction.outputs[name]
        text = format_probability(value) if prediction.are_probabilities else format_number(value, 4)
        text = format_numbers(text)
        return text if self._output else f"{name} {text}"

    def _prediction_key(self, participant: Participant) -> Key:
        prediction = self._prediction(participant)
        if prediction is None:
            return MISSING_KEY
        name = self._output or prediction.largest_output()
        return prediction.outputs[name], "" if self._output else name

    def _fit_text(self, participant: Participant) -> str:
        prediction = self._prediction(participant)
        return NO_PREDICTION if prediction is None else prediction.fit_verdict

    # Qt's interface

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = NO_PARENT) -> int:
        """Return the number of participants."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: QModelIndex | QPersistentModelIndex = NO_PARENT) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(self._columns)

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return the text, alignment or colour of a cell; as its tool tip, the reason why there is no map."""
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._columns[index.column()][1](row)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self.no_map_reason(row) or None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            text = self._columns[index.column()][1](row)
            is_number = _value_key(text.lstrip("<> −"))[0] != math.inf or text == NO_PREDICTION
            return int(NUMBERS) if index.column() and is_number else None
        if role == Qt.ItemDataRole.ForegroundRole:
            return self._colour(row, index.column())
        return None

    def _colour(self, participant: Participant, column: int) -> QColor | None:
        palette = QGuiApplication.palette()
        if self.no_map_reason(participant):
            warned = column < 2
            return palette.color(
                QPalette.ColorRole.BrightText if warned else QPalette.ColorRole.PlaceholderText
            )
        doubtful = self._columns[column][0] == self.tr("Fit") and self._fit_text(participant) not in (
            "ok",
            "n/a",
            NO_PREDICTION,
        )
        return palette.color(QPalette.ColorRole.BrightText) if doubtful else None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return the column's name."""
        if orientation == Qt.Orientation.Horizontal and section < len(self._columns):
            if role == Qt.ItemDataRole.DisplayRole:
                return self._columns[section][0]
            if role == Qt.ItemDataRole.TextAlignmentRole:
                return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column, numbers by size."""
        self.layoutAboutToBeChanged.emit()
        self._sort_order = (column, order)
        old_indexes = self.persistentIndexList()
        rows = [(self._rows[index.row()], index.column()) for index in old_indexes]
        self._sort()
        if old_indexes:
            positions = {row: position for position, row in enumerate(self._rows)}
            new_indexes = [self.index(positions[row], column) for row, column in rows]
            self.changePersistentIndexList(old_indexes, new_indexes)
        self.layoutChanged.emit()

    def _sort(self) -> None:
        column, order = self._sort_order
        if 0 <= column < len(self._columns):
            if column not in self._sort_keys:
                self._sort_keys[column] = {row: self._columns[column][2](row) for row in self._rows}
            keys = self._sort_keys[column]
            # Missing values stay at the end in either order.
            with_value = [row for row in self._rows if keys[row] != MISSING_KEY]
            without_value = [row for row in self._rows if keys[row] == MISSING_KEY]
            with_value.sort(key=keys.__getitem__, reverse=order == Qt.SortOrder.DescendingOrder)
            self._rows = with_value + without_value


def _distances(nearest: NearestScans) -> dict[str, float]:
    """Return the distance of each participant, the nearest first; -1 for the reference itself."""
    return {nearest.reference_name: -1.0} | {
        neighbour.participant.label: neighbour.distance for neighbour in nearest.neighbours
    }


def format_probability(value: float) -> str:
    """Format a probability with three decimals; values that would round to 0 or 1 become a limit."""
    if value >= 0.9995:
        return "> 0.999"
    return "< 0.001" if value < 0.0005 else f"{value:.3f}"


def _value_column(column: str) -> Column:
    return column, lambda row: row.values[column], lambda row: _value_key(row.values[column])


def _value_key(text: str) -> Key:
    """Return the sort key of an entry: numbers before words, missing values last."""
    if is_missing(text):
        return MISSING_KEY
    try:
        return float(text), ""
    except ValueError:
        return math.inf, text.casefold()
