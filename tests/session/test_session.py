"""The store tells those who asked, once a change, and takes changes of the view back."""

from __future__ import annotations

import numpy as np
import pytest

from viewer.scans.grid import Grid
from viewer.scans.map import Map
from viewer.scans.provenance import Provenance
from viewer.scans.scan import Scan
from viewer.scans.threshold import Threshold, ThresholdKind
from viewer.session.session import Session
from viewer.session.view import Camera, ColorMap, Theme, View

GRID = Grid((4, 5, 6), np.diag([2.0, 2.0, 2.0, 1.0]))


def scan() -> Scan:
    return Scan(np.zeros(GRID.shape, np.float32), GRID, "brain")


def named(name: str) -> Map:
    return Map(np.linspace(0, 1, 120, dtype=np.float32).reshape(GRID.shape), GRID, name)


def listening(session: Session, *names: str) -> list[int]:
    told: list[int] = []
    session.subscribe(lambda: told.append(1), *names)
    return told


def test_a_listener_hears_its_fields_and_no_others() -> None:
    session = Session()
    theme, camera = listening(session, "theme"), listening(session, "camera")
    session.change(theme=Theme.LIGHT)
    assert (len(theme), len(camera)) == (1, 0)


def test_one_change_of_two_fields_is_told_once() -> None:
    session = Session()
    told = listening(session, "glass", "nested")
    session.change(glass=True, nested=True)
    assert len(told) == 1


def test_a_change_to_the_same_value_is_told_to_nobody_and_is_no_step() -> None:
    session = Session()
    told = listening(session)
    session.change(theme=session.view.theme, opacity=session.view.opacity)
    assert not told
    assert not session.can_undo


def test_unsubscribing_ends_it() -> None:
    session = Session()
    told: list[int] = []
    stop = session.subscribe(lambda: told.append(1), "glass")
    stop()
    stop()
    session.change(glass=True)
    assert not told


def test_an_unknown_field_cannot_be_subscribed_to() -> None:
    with pytest.raises(ValueError, match="colour"):
        Session().subscribe(lambda: None, "colour")


def test_an_unknown_field_of_the_view_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        Session().change(colour="red")


def test_a_dragged_slider_is_one_step_to_undo() -> None:
    session = Session()
    first = session.view
    for amount in (98.0, 97.0, 96.0):
        session.change(merge=True, threshold=Threshold(ThresholdKind.PERCENTILE, amount))
    session.end_gesture()
    session.change(threshold=Threshold(ThresholdKind.PERCENTILE, 50.0))
    session.undo()
    assert session.view.threshold.amount == 96.0
    session.undo()
    assert session.view == first
    assert not session.can_undo


def test_every_choice_is_a_step_of_its_own() -> None:
    session = Session()
    for hues in (ColorMap.GREEN_PURPLE, ColorMap.HOT_COLD):
        session.change(hues=hues)
    session.undo()
    assert session.view.hues is ColorMap.GREEN_PURPLE
    session.undo()
    assert session.view.hues is ColorMap.ORANGE_BLUE
    assert not session.can_undo


def test_a_switch_that_was_put_back_is_two_steps() -> None:
    session = Session()
    session.change(glass=True)
    session.change(glass=False)
    session.undo()
    assert session.view.glass
    session.undo()
    assert not session.view.glass
    assert not session.can_undo


def test_a_choice_ends_a_gesture_and_a_gesture_begins_after_a_choice() -> None:
    session = Session()
    for fade, merge in ((0.1, True), (0.2, True), (0.3, False), (0.4, True), (0.9, True)):
        session.change(merge=merge, fade=fade)
    steps = []
    while session.can_undo:
        session.undo()
        steps.append(session.view.fade)
    assert steps == [0.3, 0.2, 0.5]


def test_a_gesture_that_came_back_leaves_nothing_to_undo() -> None:
    session = Session()
    session.change(glass=True)
    for fade in (0.6, 0.7, 0.5):
        session.change(merge=True, fade=fade)
    session.end_gesture()
    session.undo()
    assert not session.view.glass
    assert not session.can_undo


def test_gestures_of_different_fields_are_different_steps() -> None:
    session = Session()
    session.change(camera=Camera(azimuth=10))
    session.change(glass=True)
    session.change(camera=Camera(azimuth=20))
    session.undo()
    assert session.view.camera.azimuth == 10
    assert session.view.glass
    session.undo()
    assert not session.view.glass


def test_redo_goes_forward_again_until_something_new_is_done() -> None:
    session = Session()
    session.change(glass=True)
    session.undo()
    session.redo()
    assert session.view.glass
    session.undo()
    session.change(nested=True)
    assert not session.can_redo
    session.redo()
    assert session.view.nested
    assert not session.view.glass


def test_undo_tells_exactly_what_changed() -> None:
    session = Session()
    session.change(glass=True)
    glass, theme = listening(session, "glass"), listening(session, "theme")
    session.undo()
    assert (len(glass), len(theme)) == (1, 0)


def test_the_history_has_an_end() -> None:
    session = Session()
    for n in range(300):
        session.change(opacity=n / 300)
        session.end_gesture()
    steps = 0
    while session.can_undo:
        session.undo()
        steps += 1
    assert steps == 100


def test_a_new_scan_forgets_prediction_crosshair_and_history_and_keeps_the_maps() -> None:
    session = Session()
    session.add_map(named("old"))
    session.change(crosshair=(1.0, 2.0, 3.0))
    session.set_scan(scan())
    assert session.view.crosshair is None
    assert session.crosshair == (4.0, 4.0, 4.0)
    assert session.prediction is None
    assert [layer.map.name for layer in session.maps] == ["old"]
    assert not session.can_undo


def test_the_newest_map_is_current_and_removing_keeps_a_neighbour() -> None:
    session = Session()
    for name in ("a", "b", "c"):
        session.add_map(named(name))
    assert session.current == 2
    session.select_map(1)
    session.remove_map(0)
    assert session.current == 0
    assert session.current_layer is not None
    assert session.current_layer.map.name == "b"
    session.remove_map(0)
    assert session.current_layer.map.name == "c"
    session.remove_map(0)
    assert session.current is None
    assert session.current_layer is None


def test_hiding_a_map_is_told_to_those_who_show_maps() -> None:
    session = Session()
    session.add_map(named("a"))
    told = listening(session, "maps")
    session.set_visible(0, False)
    assert len(told) == 1
    assert not session.maps[0].visible


def test_a_map_that_is_not_there_cannot_be_chosen() -> None:
    session = Session()
    with pytest.raises(IndexError):
        session.select_map(0)


def test_a_beginning_cannot_be_undone_and_tells_what_changed() -> None:
    session = Session()
    session.change(nested=True)
    glass, theme = listening(session, "glass"), listening(session, "theme")
    session.reset_view(View(glass=True))
    assert (len(glass), len(theme)) == (1, 0)
    assert not session.can_undo
    assert session.view == View(glass=True)


# Maps of other scans


def made_of(other: Scan, name: str = "map") -> Map:
    made = Provenance(method="gradient", scan={"name": other.name, "hash": other.hash})
    return Map(named(name).data, GRID, name, made)


def another() -> Scan:
    return Scan(np.ones(GRID.shape, np.float32), GRID, "another")


def test_another_scan_hides_the_maps_of_the_one_before() -> None:
    session = Session()
    session.set_scan(scan())
    session.add_map(made_of(scan()))
    told = listening(session, "maps")
    session.set_scan(another())
    assert [layer.visible for layer in session.maps] == [False]
    assert len(told) == 1


def test_with_their_own_scan_they_are_shown_again_but_not_what_a_person_hid() -> None:
    session = Session()
    session.set_scan(scan())
    for name in ("seen", "hidden"):
        session.add_map(made_of(scan(), name))
    session.set_visible(1, False)
    session.set_scan(another())
    session.set_scan(scan())
    assert [layer.visible for layer in session.maps] == [True, False]


def test_a_map_of_another_scan_that_a_person_shows_stays_shown() -> None:
    session = Session()
    session.set_scan(another())
    place = session.add_map(made_of(scan()))
    assert not session.maps[place].visible
    session.set_visible(place, True)
    assert session.maps[place].visible


def test_a_map_of_an_unknown_scan_stays_visible() -> None:
    session = Session()
    session.set_scan(scan())
    session.add_map(named("from a file"))
    session.set_scan(another())
    assert session.maps[0].visible
    assert session.origin(session.maps[0].map).description == "scan unknown"


def test_a_map_that_waited_for_its_scan_is_shown_with_it_only() -> None:
    session = Session()
    session.add_map(made_of(scan()))
    assert session.maps[0].visible
    session.set_scan(another())
    assert not session.maps[0].visible


def test_of_several_maps_one_of_the_new_scan_becomes_current() -> None:
    session = Session()
    session.set_scan(another())
    session.add_map(made_of(another(), "of the new one"))
    session.set_scan(scan())
    session.add_map(made_of(scan(), "of the old one"))
    session.set_scan(another())
    assert session.current == 0


def test_what_is_compared_ends_where_its_map_is_of_another_scan() -> None:
    session = Session()
    session.set_scan(scan())
    session.add_map(made_of(scan(), "a"))
    session.add_map(named("unknown"))
    session.change(compared=0)
    session.set_scan(another())
    assert session.view.compared is None


# Maps that are removed, and sessions that are restored


def names_of(session: Session) -> list[str]:
    return [layer.map.name for layer in session.maps]


def listed(*names: str) -> Session:
    session = Session()
    session.set_scan(scan())
    for name in names:
        session.add_map(named(name))
    return session


@pytest.mark.parametrize("removed", range(4))
@pytest.mark.parametrize("compared", range(4))
@pytest.mark.parametrize("current", range(4))
def test_the_compared_and_the_current_map_stay_the_same_ones(
    removed: int, compared: int, current: int
) -> None:
    session = listed(*"abcd")
    session.select_map(current)
    session.change(compared=compared)
    session.remove_map(removed)
    left = [name for name in "abcd" if name != "abcd"[removed]]
    assert names_of(session) == left
    if removed == compared:
        assert session.view.compared is None
    else:
        assert left[session.view.compared] == "abcd"[compared]
    if removed != current:
        assert session.current_layer.map.name == "abcd"[current]
    session.undo()
    assert names_of(session) == list("abcd")
    assert session.view.compared == compared
    assert session.current_layer.map.name == "abcd"[removed]
    session.redo()
    assert names_of(session) == left
    session.undo()
    assert (names_of(session), session.view.compared) == (list("abcd"), compared)


def test_removals_and_changes_of_the_view_come_back_in_their_order() -> None:
    session = listed(*"abc")
    session.set_visible(1, False)
    first = session.maps[1].map
    session.change(compared=2, opacity=0.5)
    session.remove_map(1)
    assert session.undoes_removal
    session.change(opacity=0.25)
    assert not session.undoes_removal
    session.add_map(named("d"))
    session.undo()
    assert (session.view.opacity, names_of(session)) == (0.5, list("acd"))
    session.undo()
    assert names_of(session) == list("abcd")
    assert session.maps[1].map is first
    assert not session.maps[1].visible
    session.undo()
    assert session.view.compared is None
    assert not session.can_undo
    for _ in range(3):
        session.redo()
    assert (session.view.opacity, names_of(session)) == (0.25, list("acd"))
    assert session.view.compared == 1
    assert not session.can_redo


def test_a_removed_map_comes_back_after_another_scan_was_opened() -> None:
    session = listed("a")
    session.change(glass=True)
    session.remove_map(0)
    session.change(nested=True)
    session.set_scan(scan())
    session.undo()
    assert names_of(session) == ["a"]
    assert session.view.glass
    assert session.view.nested
    assert not session.can_undo


def test_only_so_many_removed_maps_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("viewer.session.history.MAX_REMOVED_MAPS", 2)
    session = listed(*"abcd")
    for _ in range(3):
        session.remove_map(0)
    for _ in range(5):
        session.undo()
    assert names_of(session) == ["b", "c", "d"]


def test_a_session_that_is_restored_replaces_everything_at_once() -> None:
    saved = listed(*"ab")
    saved.select_map(0)
    saved.change(compared=1, glass=True)
    session = listed(*"xyz")
    session.remove_map(0)
    told = listening(session)
    session.restore(saved.snapshot())
    assert len(told) == 1
    assert (names_of(session), session.current, session.view) == (list("ab"), 0, saved.view)
    assert session.scan is saved.scan
    assert session.prediction is None
    assert not session.can_undo
