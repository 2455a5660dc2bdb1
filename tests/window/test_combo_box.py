"""A drop-down list of members answers with members, though Qt keeps plain words."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from viewer.scans.threshold import ThresholdKind
from viewer.session.view import Theme
from viewer.window.combo_box import EnumComboBox


@pytest.mark.parametrize("kind", [Theme, ThresholdKind])
def test_every_entry_answers_with_its_own_member(qtbot: QtBot, kind: type) -> None:
    combo = EnumComboBox({member: member.name for member in kind})
    qtbot.addWidget(combo)
    for index, member in enumerate(kind):
        combo.setCurrentIndex(index)
        assert combo.member() is member
        combo.setCurrentIndex(0)
        combo.set_member(member)
        assert combo.currentIndex() == index
