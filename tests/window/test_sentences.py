"""Sentences that are made below the window, in German: the matching of templates, and the catalogue."""

from __future__ import annotations

import ast
import random
import re
from pathlib import Path

import pytest

from tests.window.translatable_strings import (
    ROOT,
    counted_nouns,
    error_templates,
    sentence_templates,
    templates_in,
    translations,
)
from viewer.checks import method_agreement
from viewer.window.sentence_catalogue import FIELD, SentenceCatalogue, SentenceTemplate
from viewer.window.translation import SENTENCES, Language, translation_files

FILES = sorted((ROOT / "resources/translations").glob("sentences_*_de.ts"))
ENGLISH = re.compile(
    r"\b(the|of|is|are|and|not|its|as|than|were|with|from|by|has|have|cannot|one|there|which|no|it|or|be|on)\b"
)

WRITTEN = [
    "checks/*.py",
    "checks/track_record/shipped.py",
    "cohorts/*.py",
    "fit/*.py",
    "jobs/*.py",
    "methods/feature_visualization/*.py",
    "models/activations.py",
    "models/apply_preparation.py",
    "models/card_requirements.py",
    "models/checkpoint.py",
    "models/covariate.py",
    "models/fit_report.py",
    "models/formats.py",
    "models/from_module.py",
    "models/input_*.py",
    "models/json_reader.py",
    "models/load*.py",
    "models/missing_card.py",
    "models/model_card.py",
    "models/model_facts.py",
    "models/monai_*.py",
    "models/nnunet_*.py",
    "models/nonzero_crop.py",
    "models/output_*.py",
    "models/performance.py",
    "models/pickle_inspector.py",
    "models/preprocessing.py",
    "models/safetensors_header.py",
    "models/state_dict.py",
    "models/training_*.py",
    "models/yaml_reader.py",
    "models/slicewise.py",
    "models/sliding_window.py",
    "models/predict.py",
    "models/uncertainty/*.py",
    "files.py",
    "preparation/*.py",
    "scans/aligned_image.py",
    "scans/atlas*.py",
    "scans/bids_folder.py",
    "scans/constant_map.py",
    "scans/dicom*.py",
    "scans/file_types.py",
    "scans/float32.py",
    "scans/label*.py",
    "scans/load.py",
    "scans/multichannel_scan.py",
    "scans/nibabel_formats.py",
    "scans/nifti*.py",
    "scans/origin.py",
    "scans/provenance.py",
    "scans/region_side.py",
    "scans/safe_io.py",
    "scans/save.py",
    "scans/sidecar.py",
    "scans/simulated_*.py",
    "scans/space.py",
    "scans/transform_problems.py",
    "session/*.py",
]
"""Modules below the window whose sentences all have a translation."""

ERROR_ROOMS = (
    "checks",
    "cohorts",
    "fit",
    "jobs",
    "methods",
    "models",
    "preparation",
    "scans",
    "scene",
    "session",
)
"""Packages of which all errors have a translation, and all that their work reports."""

IN_FILES = {"checks/report.py", "checks/svg_charts.py"}
"""Modules among these that write files, which are English."""

NOT_SHOWN: dict[str, set[str]] = {
    # Declarations are translated in checks_de.ts, and the name of this verdict in the window.
    "checks/method_agreement.py": {
        method_agreement.QUESTION,
        method_agreement.LIMITS,
        method_agreement.READING,
    },
    "models/fit_report.py": {"not measurable", "the scan {0} not fit the network: {1}"},
    "models/uncertainty/members.py": {"are {0}"},
    # Names of facts have a context of their own.
    "models/model_facts.py": {"bias field", "intended use", "not for", "training intensities"},
    # Commands, a source and what a library says.
    "models/formats.py": {
        "{0} --graphdef net.pb --inputs A:0 --outputs B:0 --output net.onnx",
        "{0} --saved-model FOLDER --output net.onnx",
        "{0} --tflite net.tflite --output net.onnx",
    },
    "models/nnunet_plans.py": {"Isensee et al. 2021, nnU-Net, Nature Methods 18:203"},
    "session/method_availability.py": {"patterns fit", "train generators"},
    "jobs/memory.py": {"can't allocate memory"},
    # The programmer's fault, and a pattern.
    "jobs/worker.py": {"a closed worker takes no jobs"},
    "session/preparation_entry.py": {"count() ends"},
    "session/session_files.py": {"count() ends"},
    "preparation/pipeline.py": {"requirements must be Requirements or a Model, not {0}"},
    "scans/load.py": {r"([\d,]+) voxels? (?:was|were) (?:not a number|infinite|negative and infinite)\b"},
    # Texts are made from these parts, and have templates of their own.
    "scans/origin.py": {"{0} {1}, not {2}"},
    "session/map_clusters.py": {"the map {0}"},
}
"""Strings of these modules that are not shown as they are."""


def load_catalogue() -> SentenceCatalogue:
    found: dict[str, str] = {}
    for path in FILES:
        found |= {source: text for (_, source), text in translations(path).items()}
    return SentenceCatalogue(found)


@pytest.fixture(scope="module")
def catalogue() -> SentenceCatalogue:
    return load_catalogue()


# The matching


def small_catalogue() -> SentenceCatalogue:
    return SentenceCatalogue(
        {
            "{0} of the head lies outside of {1}": "außerhalb von {1} liegen {0} des Kopfes",
            "the head": "der Kopf",
            "the grid": "dem Gitter",
            "{0} to {1}": "{0} bis {1}",
            "{0}: too small": "{0}: zu klein",
            "all well": "alles gut",
        }
    )


CASES = [
    ("all well", "alles gut"),
    ("All well.", "Alles gut."),
    # Values are filled in where the translation has them, and are translated where they are sentences.
    ("7.5% of the head lies outside of the grid", "außerhalb von dem Gitter liegen 7,5\u00a0% des Kopfes"),
    # Names stay as they are, also with a point.
    ("1,234 of the head lies outside of a.1.5", "außerhalb von a.1.5 liegen 1.234 des Kopfes"),
    ("model 2.5: too small", "model 2.5: zu klein"),
    ("1.50 to 2.25 mm", "1,50 bis 2,25 mm"),
    ("from here to there", ""),
    # Several sentences are translated one by one.
    ("all well; the head: too small", "alles gut; der Kopf: zu klein"),
    ("All well. The head.", "Alles gut. Der Kopf."),
    ("all well; nobody knows this", "alles gut; nobody knows this"),
    ("nobody knows this", ""),
    # A few letters at the end do not make it this template.
    ("nobody has ever heard of this sentence: too small", ""),
    ("", ""),
    # A value by itself, as in a table.
    ("0.25 mm", "0,25 mm"),
]


def test_a_sentence_is_found_by_its_template() -> None:
    catalogue = small_catalogue()
    for sentence, expected in CASES:
        assert catalogue.translate(sentence) == expected, sentence


def test_numbers_are_written_as_in_german() -> None:
    write = small_catalogue().format_numbers
    assert write("1,234.5 mm and −0.25%") == "1.234,5 mm and −0,25\u00a0%"
    assert write("1.6·10⁻⁶ and 12 %") == "1,6·10⁻⁶ and 12\u00a0%"
    assert write("0.28 [0.18, 0.40]") == "0,28 [0,18; 0,40]"
    assert write("voxel 3, 4") == "voxel 3, 4"
    assert write("version 1.2.3 of a_1.5.nii") == "version 1.2.3 of a_1.5.nii"


# The catalogue


def covered(patterns: list[str]) -> list[Path]:
    found = {path for pattern in patterns for path in (ROOT / "viewer").glob(pattern)}
    return sorted(found - {ROOT / "viewer" / name for name in IN_FILES})


def fill_in(template: str) -> str:
    """Return a sentence of a template: a field behind a letter is the ending of a plural, others are 7."""
    return FIELD.sub("7", re.sub(r"(?<=[a-z])\{\d+\}", "s", template))


def room_paths() -> list[Path]:
    found = {path for room in ERROR_ROOMS for path in (ROOT / "viewer" / room).rglob("*.py")}
    return sorted(found | set((ROOT / "viewer").glob("[f-z]*.py")))


def find_missing(path: Path, templates: set[str], catalogue: SentenceCatalogue) -> list[str]:
    name = path.relative_to(ROOT / "viewer").as_posix()
    told = {template: catalogue.translate(fill_in(template)) for template in templates}
    return [
        f"{name}: {template!r} → {said!r}"
        for template, said in sorted(told.items())
        if template not in NOT_SHOWN.get(name, set()) and (not said or ENGLISH.search(said))
    ]


def test_every_sentence_has_a_translation(catalogue: SentenceCatalogue) -> None:
    missing = [
        line for path in covered(WRITTEN) for line in find_missing(path, sentence_templates(path), catalogue)
    ]
    assert missing == [], "\n".join(missing)  # add them to sentences_*_de.ts


def test_every_number_of_things_in_the_window_has_a_translation(catalogue: SentenceCatalogue) -> None:
    nouns = set().union(*(counted_nouns(path) for path in (ROOT / "viewer/window").glob("*.py")))
    assert ("voxel", "voxels") in nouns
    for one, many in nouns:
        for number, text in ((1, f"1 {one}"), (2, f"2 {many}"), (0, f"0 {many}")):
            assert re.fullmatch(rf"{number} [A-ZÄÖÜ][a-zäöüß]+", catalogue.translate(text)), text
    assert catalogue.translate("1,234 voxels") == "1.234 Voxel"


def test_axes_of_charts_have_a_template_of_their_own() -> None:
    """By a template of single words, such as "{0} by {1}", they become no good caption."""
    known = {source for path in FILES for _, source in translations(path)}
    found = set()
    for path in (ROOT / "viewer/checks").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "LineChart":
                across, up = (ast.literal_eval(one) for one in node.args[:2])
                found.add(f"{up} by {across}" if up else across)
    assert len(found) >= 3
    assert found <= known, found - known


def test_every_error_has_a_translation(catalogue: SentenceCatalogue) -> None:
    missing = [line for path in room_paths() for line in find_missing(path, error_templates(path), catalogue)]
    assert missing == [], "\n".join(missing)  # add them to sentences_*_de.ts


def test_german_is_left_as_it_is(catalogue: SentenceCatalogue) -> None:
    """A text may be looked up twice on its way to a label."""
    texts = [text for path in translation_files(Language.GERMAN) for text in translations(path).values()]
    assert len(texts) > 4000
    changed = {text: catalogue.translate(text) for text in texts if "{" not in text}
    assert {text: said for text, said in changed.items() if said not in ("", text)} == {}


def progress_messages(path: Path) -> set[str]:
    """Return what a module's work says it is doing."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        reports = ("step", "subtask", "with_message")
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in reports:
            found |= set().union(*map(templates_in, node.args))
    return found


def test_what_is_being_done_has_a_translation(catalogue: SentenceCatalogue) -> None:
    missing = [
        line for path in room_paths() for line in find_missing(path, progress_messages(path), catalogue)
    ]
    assert missing == [], "\n".join(missing)  # add them to sentences_*_de.ts


def test_no_template_has_words_that_the_program_does_not_say() -> None:
    """A sentence is put together from strings of the program, so that all its words are in some of them."""
    said = set().union(*(program_words(path) for path in (ROOT / "viewer").rglob("*.py")))
    stale = {}
    for path in FILES:
        for _, source in translations(path):
            lost = {word for word in LONG_WORD.findall(FIELD.sub(" ", source).lower()) if word not in said}
            if lost:
                stale[source] = lost
    assert len(said) > 3000
    assert stale == {}, "take them out of resources/translations/sentences_*_de.ts"


LONG_WORD = re.compile(r"[a-z]{4,}")


def program_words(path: Path) -> set[str]:
    """Return the words of a module's strings, docstrings left out, also with an s, as of "map{ending}"."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    described = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in described:
            found.update(LONG_WORD.findall(node.value.lower()))
    return found | {f"{word}s" for word in found}


def test_a_translation_has_the_fields_of_its_template() -> None:
    for (context, source), text in (
        (key, text) for path in FILES for key, text in translations(path).items()
    ):
        assert context == SENTENCES
        assert sorted(FIELD.findall(source)) == sorted(FIELD.findall(text)), source
        numbers = list(map(int, FIELD.findall(source)))
        assert numbers == list(range(len(numbers))), source
        assert not re.search(r"[0-9}] %", text), f"a no-break space belongs before the %: {text}"


@pytest.mark.parametrize("pieces", [["", " of ", ""], ["over ", " (", ")"], ["a", "", "b"], ["", "a", "aa"]])
def test_values_are_those_of_the_shortest_match(pieces: list[str]) -> None:
    draw = random.Random(0)
    source = pieces[0] + "".join(f"{{{number}}}{piece}" for number, piece in enumerate(pieces[1:]))
    template = SentenceTemplate(source, source)
    pattern = re.compile("(.*?)".join(map(re.escape, pieces)), re.DOTALL)
    matched = 0
    for _ in range(500):
        text = "".join(draw.choices([*pieces, "a", "b", " ", "\n"], k=draw.randint(1, 7)))
        text = draw.choice([text, pieces[0] + text + pieces[-1]])
        found = pattern.fullmatch(text)
        assert template.match(text) == (None if found is None else found.groups()), text
        matched += found is not None
    assert matched > 10


def test_a_text_with_every_piece_many_times_is_read_once() -> None:
    # By a regular expression of lazy groups, which goes back, this takes longer than the suite may.
    catalogue = SentenceCatalogue({"{0} a {1} b {2} a {3} b {4} a {5} b {6} c": "{0}"})
    assert catalogue.translate(" a x b " * 2000 + "end") == ""
