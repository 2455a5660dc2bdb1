"""Model facts: the contents of a card as a table, for people who decide whether to use the network.

After Sendak et al. 2020, "Presenting machine learning model information to clinical end users with model
facts labels", npj Digital Medicine 3:41.
"""

from __future__ import annotations

from viewer.models.covariate import Covariate
from viewer.models.input_spec import Blending, InputChannel, InputSpec
from viewer.models.model_card import Card
from viewer.models.training_statistics import channel_statistics

TITLE = "Model facts"

NOT_SAID = "not stated in its card"
"""Shown for a missing fact that every user of a network should know."""


def model_facts(card: Card) -> tuple[tuple[str, str], ...]:
    """Return the table of facts: name and text of each row.

    Intended use, population and performance are always listed, even if the card does not state them. Other
    facts are omitted if the card does not state them.
    """
    rows = [
        ("version", card.version),
        ("intended use", card.intended_use or NOT_SAID),
        ("not for", card.not_for),
        ("population", card.population or NOT_SAID),
        ("performance", "; ".join(map(str, card.performance)) or NOT_SAID),
        ("images", _images_text(card.input)),
        ("windows", _windows_text(card.input)),
        ("covariates", "; ".join(map(_covariate_text, card.covariates))),
        ("space", _space_text(card)),
        ("skull", card.skull),
        ("bias field", _bias_text(card.bias_corrected)),
        ("training intensities", _statistics_text(card)),
        ("licence", card.licence),
        ("citation", card.citation),
        ("contact", card.contact),
    ]
    return tuple((name, text) for name, text in rows if text)


def _images_text(spec: InputSpec | None) -> str:
    if spec is None or (spec.channels == 1 and not spec.inputs):
        return ""
    names = ", ".join(map(_channel_text, spec.inputs)) or "not named"
    if spec.channels == 1:
        return names
    usage = "one scan is used for all" if spec.repeat else "a single scan is refused"
    return f"{spec.channels} ({names}); {usage}"


def _windows_text(spec: InputSpec | None) -> str:
    """Return how a network is run in windows and on mirrored inputs."""
    if spec is None or not (spec.window or spec.mirror_axes):
        return ""
    texts = []
    if spec.window:
        texts.append(f"{'×'.join(map(str, spec.window))} voxels, {spec.overlap:.0%} overlap")
        texts += [] if spec.blending is Blending.LINEAR else ["Gaussian weights"]
    if spec.mirror_axes:
        axes = " and ".join(map(str, spec.mirror_axes))
        texts.append(f"mirrored along the axes {axes} ({2 ** len(spec.mirror_axes)} passes)")
    return ", ".join(texts)


def _channel_text(channel: InputChannel) -> str:
    if not channel.modality or channel.modality == channel.name:
        return channel.name
    return f"{channel.name}: {channel.modality}"


def _covariate_text(covariate: Covariate) -> str:
    text = covariate.name + (f" in {covariate.unit}" if covariate.unit else "")
    if covariate.mean is not None:
        sd_text = "" if covariate.sd is None else f" ± {covariate.sd:g}"
        text += f", {covariate.mean:g}{sd_text} in the training data"
    return text


def _space_text(card: Card) -> str:
    if card.template:
        return f"registered to {card.template} ({card.space})"
    return "as scanned" if card.space else ""


def _bias_text(corrected: bool | None) -> str:
    return "" if corrected is None else "corrected" if corrected else "not corrected"


def _statistics_text(card: Card) -> str:
    texts = []
    for index, channel in enumerate(channel_statistics(card.training_statistics)):
        default_name = card.inputs[index].name if index < len(card.inputs) else ""
        texts.append(f"{channel.name or default_name} {channel.mean:.4g} ± {channel.sd:.4g}".strip())
    return "; ".join(texts)
