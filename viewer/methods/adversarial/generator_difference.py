"""Difference of two generated images: one with the same prediction, and one with the opposite prediction."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from viewer.errors import MethodError
from viewer.methods.base import (
    Attribution,
    ExplanationRequest,
    Family,
    PerSampleMethod,
    Requirement,
    parameter,
)
from viewer.models.output_kind import OutputKind

if TYPE_CHECKING:
    import torch

    from viewer.models.model import Model
    from viewer.models.training.generator_network import GeneratorPair

DIFFERENCE, SIGNED, SIMILAR, ADVERSARIAL = "difference", "signed", "similar", "adversarial"


@dataclass(frozen=True)
class GeneratedDifference(PerSampleMethod):
    """R = |g_s(x) − g_a(x)| (Charachon et al. 2021; Ayyar et al. 2021, equation 27).

    The generators are trained beforehand against this network, with ``saliency-viewer train generators``.
    """

    name: ClassVar[str] = "generated-difference"
    title: ClassVar[str] = "Generated difference"
    family: ClassVar[Family] = Family.ADVERSARIAL
    requirements: ClassVar[frozenset[Requirement]] = frozenset({Requirement.FORWARD, Requirement.GENERATORS})
    source: ClassVar[str] = "Charachon et al. 2021; Ayyar et al. 2021, section 6, equation 27"
    description: ClassVar[str] = (
        "what would have to change in the scan for the network to predict the opposite"
    )
    limitations: ClassVar[str] = (
        "be better than its generators, which explain the prediction whatever the target"
    )
    not_for: ClassVar[str] = (
        "With generators for another network or for scans unlike this one, or to explain a class other than "
        "the predicted one."
    )

    generators: str = parameter(
        "",
        "file written by 'saliency-viewer train generators'; if empty, "
        "NAME.generators.safetensors beside the model file",
    )
    image: str = parameter(
        DIFFERENCE,
        "the map: the absolute difference, the signed difference g_a − g_s, or one of the two images",
        choices=(DIFFERENCE, SIGNED, SIMILAR, ADVERSARIAL),
    )

    def explain_sample(self, request: ExplanationRequest) -> Attribution:
        """Return the chosen image, of the shape of ``request.x``, in the network's intensities."""
        pair, notes = self._load_generators(request.model, request.x)
        request.progress.step(0, 1, "generating both images")
        similar, adversarial = generate_images(pair, request.x)
        images = {
            DIFFERENCE: (similar - adversarial).abs(),
            SIGNED: adversarial - similar,
            SIMILAR: similar,
            ADVERSARIAL: adversarial,
        }[self.image]
        return Attribution(images, None, (describe_outputs(request, similar, adversarial), *notes))

    def _load_generators(self, model: Model, x: torch.Tensor) -> tuple[GeneratorPair, tuple[str, ...]]:
        """Return the generators, in the input's data type and on its device.

        Raises
        ------
        MethodError
            There are none, or they were trained against another network or for other scans.
        ModelError
            The file cannot be read.
        """
        from viewer.models.training.generator_files import find_generators, load_pair

        path = Path(self.generators) if self.generators else find_generators(model)
        if path is None:
            raise MethodError(
                self.name,
                f"it needs generators for {model.card.name}, and no file is named or found beside it",
                "make one with saliency-viewer train generators, and set generators=FILE",
            )
        pair, card = load_pair(path)
        if card.hash != model.hash:
            raise MethodError(
                f"generators {path}", f"were trained against another network ({card.network})", "train others"
            )
        if (card.channels, card.dimensions) != (x.shape[1], x.dim() - 2):
            raise MethodError(f"generators {path}", "are for scans of another kind", "train others")
        return pair.to(x.device, x.dtype), (card.description,) if card.description else ()


def generate_images(pair: GeneratorPair, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return g_s(x) and g_a(x)."""
    import torch

    with torch.no_grad():
        similar, adversarial = pair(x)
    return similar, adversarial


def describe_outputs(request: ExplanationRequest, similar: torch.Tensor, adversarial: torch.Tensor) -> str:
    """Describe the network's outputs for the scan and for both images."""
    import torch

    model, target = request.model, request.target
    with torch.no_grad():
        outputs = [model.logits(image.clone()) for image in (request.x, similar, adversarial)]
    scores = [f"{float(target.score(output).sum()):.3g}" for output in outputs]
    text = f"{target.name}: {scores[0]} for the scan, {scores[1]} for g_s, {scores[2]} for g_a"
    meaning = model.output_meaning(outputs[0], request.x)
    if outputs[0].dim() == 2 and meaning.kind is not OutputKind.VALUE:
        original, similar_class, adversarial_class = (
            meaning.decision_codes(output).tolist() for output in outputs
        )
        text += f"; g_s {'keeps' if similar_class == original else 'does not keep'} the prediction"
        text += f", g_a {'changes' if adversarial_class != original else 'does not change'} it"
    return text
