"""``train morch``: options into a plan, a study to the end, and errors on one line."""

from __future__ import annotations

import argparse
import inspect
import json
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import torch

import viewer
from viewer.commands.options import add_general_options
from viewer.commands.parser import CommandParser, UsageError
from viewer.commands.setting_options import add_setting_options, collect_settings
from viewer.commands.training import morch
from viewer.errors import ViewerError
from viewer.methods.morch_1995.approximation import Approximation, NegativeValues
from viewer.methods.morch_1995.study_plan import ALL_APPROXIMATIONS, StudyPlan
from viewer.models.training.morch.training_options import HiddenActivation, Paradigm
from viewer.scans.cohort_preparation import Scaling
from viewer.scans.simulated_studies.save import write_study
from viewer.scans.simulated_studies.study import FINGERS, pet_grid
from viewer.settings import document_settings, section, setting, settings_of, with_settings


def parser() -> CommandParser:
    made = CommandParser("morch", "", "")
    morch.add_arguments(made)
    add_general_options(made)
    return made


def read(*words: object) -> argparse.Namespace:
    return parser().parse([str(word) for word in words])


@pytest.fixture(scope="module")
def small():
    return replace(FINGERS, subject_count=3, grid=pet_grid(9.0), physics=replace(FINGERS.physics, effect=0.3))


@pytest.fixture(scope="module")
def table(small, tmp_path_factory) -> Path:
    return write_study(small, tmp_path_factory.mktemp("study")).path


@pytest.fixture
def plan_of(table, monkeypatch):
    """Return the plan that a command line leads to; nothing is computed."""

    class PlanReachedError(Exception):
        """Carries the plan out of the command."""

    def stop(scans, plan, folder, progress):
        raise PlanReachedError(plan)

    monkeypatch.setattr("viewer.methods.morch_1995.train_morch.analyse", stop)
    for place in ("viewer.jobs.device", "viewer.methods.morch_1995.train_morch"):
        monkeypatch.setattr(f"{place}.select_device", torch.device)

    def call(*words: object) -> StudyPlan:
        with pytest.raises(PlanReachedError) as planned:
            morch.run(read(table, "-o", "out", "--quiet", *words))
        return planned.value.args[0]

    return call


def test_without_options_it_is_the_usual_plan(plan_of):
    plan = plan_of("--device", "cpu")
    assert plan == StudyPlan()
    assert set(ALL_APPROXIMATIONS) == set(Approximation)


def test_every_option_reaches_the_plan(plan_of, tmp_path):
    (tmp_path / "names.json").write_text('{"labels": ["none", "a"]}')
    words = (
        "--mask m.nii --no-global-scaling --keep-subject-means --remove age --remove sex "
        "--y graded --hidden 7 --components 9 --linear --no-biases --decay 0.5 --starts 2 --prune 0.25 "
        f"--accuracy exact --accuracy first-order --negative keep --atlas a.nii "
        f"--labels {tmp_path}/names.json --refits 3 --double --seed 4 --device cuda:1"
    )
    plan = plan_of(*words.split())
    assert plan.preparation.mask == Path("m.nii")
    assert plan.preparation.scaling is Scaling.NONE
    assert not plan.preparation.subject_means
    assert plan.preparation.covariates == ("age", "sex")
    assert plan.paradigm is Paradigm.GRADED
    recipe = plan.recipe
    assert (recipe.hidden, recipe.components, recipe.activation) == (7, 9, HiddenActivation.LINEAR)
    assert (recipe.decay, recipe.biases, recipe.starts, recipe.seed) == (0.5, False, 2, 4)
    assert plan.pruned == 0.25
    assert plan.approximations == (Approximation.EXACT, Approximation.FIRST)
    assert plan.negative is NegativeValues.KEEP
    assert (plan.atlas, plan.atlas_names) == (Path("a.nii"), ("none", "a"))
    assert (plan.refits, plan.double, plan.device) == (3, True, "cuda:1")


def test_command_and_function_have_every_setting_of_the_plan():
    options = {action.dest: action for action in parser()._actions}
    keywords = inspect.signature(viewer.train_morch).parameters
    declared = settings_of(StudyPlan)
    for entry in declared:
        option, usual = options[entry.name], [] if entry.several else entry.default
        assert option.option_strings == [f"--{entry.option}"]
        assert option.default == usual
        assert entry.help in option.help
        assert keywords[entry.name].default == entry.default
        assert f"\n{entry.documentation}\n" in viewer.train_morch.__doc__
    names = [entry.name for entry in declared]
    assert list(keywords)[-len(names) :] == names
    assert with_settings(StudyPlan(), {entry.name: entry.default for entry in declared}) == StudyPlan()
    computing = {"help", "table", "simulated", "output", "device", "threads", "seed", "json"}
    assert options.keys() - computing - {"quiet", "debug"} == set(names)


def test_a_new_setting_is_one_line(capsys):
    @dataclass(frozen=True)
    class Inner:
        depth: int = setting(3, "layers", metavar="N", limits=(1, 9))

    @dataclass(frozen=True)
    class Outer:
        inner: Inner = section(Inner, "the network")

    @document_settings(Outer)
    def fit(scan, **settings):
        """Fit.

        Parameters
        ----------
        scan : str
            The scan.
        **settings
            Settings.
        """
        return with_settings(Outer(), settings)

    command = CommandParser("fit", "", "")
    add_setting_options(command, Outer)
    assert "--depth N" in command.format_help()
    told = collect_settings(command.parse(["--depth", "7"]), Outer)
    assert fit("s", **told) == Outer(Inner(depth=7))
    assert str(inspect.signature(fit)) == "(scan, *, depth: 'int' = 3)"
    assert fit.__doc__.endswith("depth : int\n    Layers.")
    with pytest.raises(SystemExit):
        command.parse(["--depth", "10"])
    assert "10 is out of range; choose 1 to 9" in capsys.readouterr().err
    with pytest.raises(ViewerError, match="no setting 'width'; choose depth"):
        fit("s", width=1)


def test_a_study_from_its_table(table, tmp_path, capsys):
    words = ("--starts", 1, "--hidden", 2, "--refits", 2, "--device", "cpu", "--quiet")
    assert morch.run(read(table, "-o", tmp_path / "out", *words)) == 0
    told = capsys.readouterr().out
    assert "subjects left out" in told
    assert "map, retrained" in told
    assert morch.run(read(table, "-o", tmp_path / "out", *words, "--json", "--accuracy", "exact")) == 0
    numbers = json.loads(capsys.readouterr().out)
    assert list(numbers["maps"]) == ["exact"]
    assert numbers["leave one subject out"]["right"] > 0.6
    assert (tmp_path / "out" / "saliency-retrained.nii.gz").exists()


def test_a_simulated_study_is_called_so_and_scored(small, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("viewer.scans.simulated_studies.study.STUDIES", (small,))
    words = ("--starts", 1, "--hidden", 2, "--accuracy", "exact", "--device", "cpu", "--json")
    assert morch.run(read("--simulated", "fingers", "-o", tmp_path, *words)) == 0
    answer = capsys.readouterr()
    numbers = json.loads(answer.out)
    assert numbers["planted"]["exact"]["AUC"] > 0.9
    assert 0 < numbers["planted"]["t"]["overlap"] <= 1
    assert "simulated" in answer.err
    assert "simulated" in " ".join(numbers["maps"]["exact"]["notes"])
    assert "simulated" in (tmp_path / "saliency-exact.json").read_text()
    assert (tmp_path / "study" / "study.tsv").exists()


def test_wrong_use(tmp_path):
    with pytest.raises(UsageError, match="give a TABLE, or a study"):
        morch.run(read("-o", tmp_path))
    with pytest.raises(UsageError, match="give a TABLE, or a study"):
        morch.run(read("t.tsv", "--simulated", "fingers", "-o", tmp_path))
    with pytest.raises(UsageError, match="--labels: needs an --atlas"):
        morch.run(read("t.tsv", "--labels", "x.json", "-o", tmp_path))
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="is not a folder"):
        morch.run(read("t.tsv", "-o", tmp_path / "file"))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--components", "60"], "60 were requested, but 24 scans prepared this way have 21"),
        (["--remove", "age"], "has no covariate 'age'"),
        (["--decay", "0"], "decay: is 0"),
        (["--y", "graded"], r"line 2: y is '\w+', which is not a number"),
        (["--mask", "nowhere.nii"], r"nowhere.nii: file not found"),
    ],
)
def test_what_makes_no_sense_is_said_in_one_line(table, tmp_path, words, says):
    with pytest.raises(ViewerError, match=says):
        morch.run(read(table, "-o", tmp_path / "out", "--device", "cpu", "--quiet", *words))


def test_labels_must_be_a_list(tmp_path, table):
    (tmp_path / "names.json").write_text('{"labels": 3}')
    with pytest.raises(ViewerError, match="has no list 'labels'"):
        morch.run(read(table, "-o", "o", "--atlas", "a", "--labels", tmp_path / "names.json", "--quiet"))
