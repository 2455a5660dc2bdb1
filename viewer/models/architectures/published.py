"""Cards of published weights whose preprocessing is known, so that their files need no card."""

from __future__ import annotations

from viewer.models.input_spec import InputChannel, InputSpec, IntensityScaling, IntensitySpec, Placement
from viewer.models.model_card import Card, ModelKind
from viewer.models.output_kind import OutputKind

ADNET_CARD = Card(
    name="ADnet",
    architecture="adnet",
    classes=("control", "Alzheimer's disease"),
    kind=ModelKind.CLASSIFICATION,
    output=OutputKind.SOFTMAX,
    input=InputSpec(
        shape=(73, 96, 96),
        placement=Placement.FIELD_OF_VIEW,
        axes="SRA",
        ends="centres",
        intensity=IntensitySpec(IntensityScaling.Z_SCORE, over="nonzero"),
        space="affine",
        skull="kept",
        inputs=(InputChannel("T1", "T1w"),),
    ),
    description=(
        "Distinguishes Alzheimer's disease from controls on a T1 scan registered to the MNI152 template. It "
        "is not known whether its training scans included the skull; this card assumes that they did. The "
        "measured distance from the statistics of its batch norms is 0.27 and 0.58 for two whole heads, 0.67 "
        "and 0.98 for the same heads without skull, and 1.71 for the MNI152 template. For an empty scan, it "
        "predicts Alzheimer's disease with 99.9 %. Trained on ADNI. For research; not for diagnosis."
    ),
    citation="Turrisi, Verri, Barla: Deep learning-based Alzheimer's disease detection (2024)",
    source="https://github.com/rturrisige/3D_CNN_pretrained_model",
)
"""The field of view is resized so that the corner voxels' centres coincide, as `scipy.ndimage.zoom` does.

Measured on the MNI152 template of nilearn, 1 mm, trilinear: logits 4.233 and -4.071 with axes SRA and ends
"centres"; 4.535 and -4.357 with "faces"; 7.771 and -7.473 with axes SAR. Zero voxels are excluded from mean
and standard deviation, but are scaled like the others. The authors' own script uses nearest-neighbour
interpolation and resizes twice (to one half, then to the shape): 5.984 and -5.743; resizing once: 6.103 and
-5.853. These logits are only a numerical reference: the network was not trained on images like the template,
which is an average without skull. Mean distance from the batch norms' statistics (`viewer.fit.activations`):
0.27 and 0.58 for two whole heads registered to the template, 0.67 and 0.98 for the same heads without skull,
1.71 for the template.
"""
