"""Forms come from declarations: every kind of parameter gets its editor, limits, unit and sentence."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest
from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QCheckBox, QComboBox, QFileDialog, QLabel, QLineEdit, QSpinBox
from pytestqt.qtbot import QtBot

from viewer.methods.base import Attribution, ExplanationRequest, Family, Method, Requirement, parameter
from viewer.methods.integrated_gradients import IntegratedGradients
from viewer.methods.registry import list_methods
from viewer.window.parameter_form import NumberBox, ParameterForm, editor_value, make_editor, parameter_label
from viewer.window.scan_choice_box import ScanChoiceBox


@dataclass(frozen=True)
class Everything(Method):
    """A method with one parameter of every kind."""

    name: ClassVar[str] = "everything"
    title: ClassVar[str] = "Everything"
    family: ClassVar[Family] = Family.FUNCTION
    requirements: ClassVar[frozenset[Requirement]] = frozenset()
    source: ClassVar[str] = ""
    description: ClassVar[str] = ""
    limitations: ClassVar[str] = ""

    steps: int = parameter(32, "how many", limits=(1, 512), unit="steps")
    noise_level: float = parameter(0.15, "how loud", limits=(0.0, None), unit="σ")
    kind: str = parameter("zero", "which one", choices=("zero", "blurred"))
    absolute: bool = parameter(True, "sign or no sign")
    region: str = parameter("", "where")

    def explain(self, question: ExplanationRequest) -> Attribution:
        raise NotImplementedError


@pytest.fixture
def form(qtbot: QtBot) -> ParameterForm:
    form = ParameterForm()
    qtbot.addWidget(form)
    form.show_method(Everything)
    return form


def test_every_kind_has_its_editor(form: ParameterForm) -> None:
    kinds = {
        "steps": QSpinBox,
        "noise_level": NumberBox,
        "kind": QComboBox,
        "absolute": QCheckBox,
        "region": QLineEdit,
    }
    for name, kind in kinds.items():
        assert isinstance(form.findChild(kind, name), kind)


def test_untouched_it_gives_the_defaults(form: ParameterForm) -> None:
    assert Everything.from_parameters(form.values()) == Everything()


def test_what_is_edited_comes_back_typed(form: ParameterForm) -> None:
    form.findChild(QSpinBox, "steps").setValue(64)
    form.findChild(NumberBox, "noise_level").setValue(1e-7)
    form.findChild(QComboBox, "kind").setCurrentIndex(1)
    form.findChild(QCheckBox, "absolute").setChecked(False)
    form.findChild(QLineEdit, "region").setText("left")
    assert Everything.from_parameters(form.values()) == Everything(64, 1e-7, "blurred", False, "left")


def test_editing_is_told(form: ParameterForm, qtbot: QtBot) -> None:
    with qtbot.waitSignal(form.changed):
        form.findChild(QSpinBox, "steps").setValue(2)


def test_limits_hold(form: ParameterForm) -> None:
    steps = form.findChild(QSpinBox, "steps")
    steps.setValue(10_000)
    assert steps.value() == 512
    noise = form.findChild(NumberBox, "noise_level")
    noise.setValue(-1)
    assert noise.value() == 0
    noise.setValue(1e9)
    assert noise.value() == 1e9


def test_units_and_sentences_are_shown(form: ParameterForm) -> None:
    assert form.findChild(QSpinBox, "steps").text() == "32 steps"
    said = {label.text() for label in form.findChildren(QLabel)}
    assert {"How many.", "How loud.", "Noise level"} <= said
    assert "how loud" in form.findChild(NumberBox, "noise_level").toolTip()


def test_another_method_takes_the_place_of_the_first(form: ParameterForm) -> None:
    name, method = next(iter(list_methods().items()))
    form.show_method(method)
    assert set(form.values()) == {parameter.name for parameter in method.parameters()}, name


@pytest.mark.parametrize("name", list(list_methods()))
def test_every_registered_method_has_a_form_that_gives_its_defaults(name: str, qtbot: QtBot) -> None:
    form = ParameterForm()
    qtbot.addWidget(form)
    form.show_method(list_methods()[name])
    assert list_methods()[name].from_parameters(form.values()) == list_methods()[name]()


@pytest.mark.parametrize("value", [0.1, 1e-9, 12345.678, 3.0, 2.5e11])
def test_numbers_are_never_rounded_to_a_fixed_count(value: float, qtbot: QtBot) -> None:
    box = NumberBox()
    qtbot.addWidget(box)
    box.setLocale(QLocale.c())
    box.setSuffix(" mm")
    box.setValue(value)
    assert box.value() == pytest.approx(value, rel=1e-12)
    assert box.valueFromText(box.text()) == pytest.approx(value, rel=1e-5)


def test_a_number_may_be_typed_with_an_exponent(qtbot: QtBot) -> None:
    box = NumberBox()
    qtbot.addWidget(box)
    box.setLocale(QLocale.c())
    box.lineEdit().selectAll()
    qtbot.keyClicks(box, "2.5e-4")
    assert box.value() == 2.5e-4


def test_nonsense_keeps_the_last_number(qtbot: QtBot) -> None:
    box = NumberBox()
    qtbot.addWidget(box)
    box.setValue(3)
    assert box.valueFromText("a few") == 3


def test_editors_are_named_for_those_who_cannot_see_them(qtbot: QtBot) -> None:
    for parameter_ in Everything.parameters():
        widget = make_editor(parameter_)
        qtbot.addWidget(widget)
        assert widget.accessibleName() == parameter_label(parameter_.name)
        assert widget.accessibleDescription() == parameter_.help
        assert editor_value(widget) == parameter_.default


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    folder = tmp_path / "healthy"
    folder.mkdir()
    for name in ("sub-1.nii.gz", "sub-2.nii.gz"):
        (folder / name).touch()
    return folder


def pick(box: ScanChoiceBox, text: str, monkeypatch: pytest.MonkeyPatch, answer: Path | None) -> None:
    """Choose an entry as its list does, and answer the dialog that it opens."""
    path = "" if answer is None else str(answer)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_, **__: (path, ""))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_, **__: path)
    place = box.findText(text)
    assert place >= 0, [box.itemText(index) for index in range(box.count())]
    box.setCurrentIndex(place)
    box.activated.emit(place)


def test_a_scan_or_a_folder_of_scans_is_chosen_as_baseline(
    qtbot: QtBot, scans: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = ParameterForm()
    qtbot.addWidget(shown)
    shown.show_method(IntegratedGradients)
    (box,) = (one for one in shown.editors() if one.objectName() == "baseline")
    assert isinstance(box, ScanChoiceBox)
    texts = [box.itemText(index) for index in range(box.count())]
    assert texts == ["Black", "Zero", "Minimum", "Mean", "Blurred", "A scan …", "A folder of scans …"]
    with qtbot.waitSignal(shown.changed):
        pick(box, "A scan …", monkeypatch, scans / "sub-1.nii.gz")
    assert (box.currentText(), shown.values()["baseline"]) == ("sub-1.nii.gz", str(scans / "sub-1.nii.gz"))
    pick(box, "A folder of scans …", monkeypatch, scans)
    assert (box.currentText(), shown.values()["baseline"]) == ("healthy", str(scans))
    pick(box, "A scan …", monkeypatch, None)  # cancelled
    assert (box.currentText(), shown.values()["baseline"]) == ("healthy", str(scans))
    pick(box, "sub-1.nii.gz", monkeypatch, None)
    assert shown.values()["baseline"] == str(scans / "sub-1.nii.gz")
    pick(box, "Blurred", monkeypatch, None)
    assert (box.currentText(), shown.values()["baseline"]) == ("Blurred", "blurred")
    pick(box, "A folder of scans …", monkeypatch, scans)
    assert box.count() == len(texts) + 2  # each path stands once
    method = IntegratedGradients.from_parameters(shown.values())
    assert (method.baseline, method.references) == (str(scans), "each")


def test_a_stored_path_is_shown_again_and_nonsense_is_ignored(qtbot: QtBot, scans: Path) -> None:
    shown = ParameterForm()
    qtbot.addWidget(shown)
    shown.show_method(IntegratedGradients)
    shown.set_values({"baseline": str(scans), "references": "mean"})
    (box,) = (one for one in shown.editors() if one.objectName() == "baseline")
    assert isinstance(box, ScanChoiceBox)
    assert (box.currentText(), shown.values()["references"]) == ("healthy", "mean")
    for nonsense in ("", "a\0b", 3, "x" * 5000):
        shown.set_values({"baseline": nonsense})
        assert box.currentText() == "healthy"
