"""Synonyms for names in the window, which the palette searches but does not show."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

WORDS = {
    # File
    "Open scan": "load image brain head nifti mri t1 flair volume file",
    "Open DICOM or BIDS folder": "load series directory scanner dataset patient",
    "Open model": "load neural network weights checkpoint onnx pytorch keras",
    "Open model folder": "load nnunet monai bundle folds",
    "Open map": "load overlay heatmap saliency relevance explanation result",
    "Open session": "load restore continue project workspace earlier work",
    "Open cohort folder": "load many subjects participants population",
    "Study of 1995": "pet morch activation whole network training table of scans",
    "Open atlas": "load parcellation brain areas names of regions labels anatomy",
    "Close atlas": "remove hide regions labels",
    "Demonstration: simulated lesions": "example sample data demo try tutorial",
    "Raw head: prepare it (simulated)": "example sample data demo skull registration",
    "Save map": "export write nifti nii file heatmap",
    "Save figure": "export picture image png svg pdf paper slide presentation print screenshot snapshot",
    "Save slices": "export picture image png svg pdf orthogonal views screenshot",
    "Save movie": "export video mp4 gif animation turn rotate film",
    "Save mesh": "export surface 3d printing stl obj glb blender model",
    "Save clusters": "export table csv excel spreadsheet peaks coordinates",
    "Share as page": "export html web browser email mail send interactive",
    "Save mask and transform": "export brain mask registration matrix affine",
    "Export as DICOM": "pacs archive segmentation parametric map secondary capture send",
    "Save report": "export pdf html one page summary result document findings",
    "Save report of checks": "export html sanity trust evidence",
    "Save session": "export project workspace my work continue later everything state",
    "Quit": "exit close the program leave end",
    # Edit
    "Undo view change": "back revert mistake previous",
    "Redo view change": "again forward repeat",
    "Copy figure": "clipboard picture image paste slide screenshot snapshot",
    "Copy as command": "command line shell script reproduce clipboard terminal",
    "Copy as script": "shell reproduce explain draw bash clipboard methods section reproducible",
    "Copy slices as command": "command line shell script reproduce clipboard terminal",
    "Compute map": "why explain explanation run start calculate heatmap reason decide say think network",
    "Rename map": "title label friendly legend name",
    "Prepare scan": "preprocess register normalise skull strip template pipeline",
    "Cancel": "stop abort interrupt calculation computation running end",
    # View
    "Dark": "theme black background night colours mode",
    "Light": "theme white bright background day colours mode",
    "Switch dark and light theme": "toggle black white background colours mode",
    "Swap left and right": "flip mirror side wrong way round orientation convention",
    "Mosaic or three slices": "lightbox montage grid many all slices at once series",
    "Template outline on slices": "contour mni registration quality",
    "Brain mask on slices": "contour skull stripping quality",
    "Draw map with the others": "several maps at once overlay keep together multiple",
    "Home view": "default camera reset rotation start",
    "From the left": "camera look side lateral sagittal",
    "From the right": "camera look side lateral sagittal",
    "From the front": "camera look anterior face",
    "From the back": "camera look posterior behind",
    "From the top": "camera look above superior over",
    "From below": "camera look bottom inferior under",
    "From the front corner": "camera look oblique angle",
    "Reset view": "default camera crosshair zoom centre start over",
    "Save layout": "arrangement of panels windows docks workspace perspective name",
    "Remove layout": "delete arrangement of panels windows docks",
    "Reset panels": "default layout windows docks lost missing arrangement restore",
    "Presentation mode": "full screen fullscreen talk slide show audience projector beamer kiosk",
    # Help
    "Guide": "help manual documentation tutorial how to",
    "Guide to this panel": "help manual documentation explain",
    "Search everything": "find palette command",
    "Shortcuts": "keyboard keys hotkeys mouse",
    "About": "version licence cite citation libraries author who made wrote",
    # Panels
    "Model panel": "network prediction answer class probability card",
    "Method panel": "explanation algorithm parameters settings",
    "Maps panel": "list of overlays heatmaps results",
    "Show panel": "display threshold colours appearance settings look",
    "Layers panel": "network architecture activations channels operators tree",
    "Prepare panel": "preprocess register skull strip bias template",
    "Study panel": "1995 pet morch",
    "Cohort panel": "group participants subjects statistics population",
    "Clusters panel": "table peaks regions blobs coordinates",
    "Compare panel": "two maps difference similarity dice correlation side by side fade flicker between",
    "Trust panel": "checks sanity evaluate faithful believe reliable valid quality evidence",
    # Methods
    "Gradient": "vanilla saliency sensitivity backpropagation",
    "LRP, composite": "layerwise layer wise relevance propagation",
    "LRP-ε": "layerwise layer wise relevance propagation epsilon",
    "LRP-γ": "layerwise layer wise relevance propagation gamma",
    "LRP-αβ": "layerwise layer wise relevance propagation alpha beta",
    "LRP-0": "layerwise layer wise relevance propagation zero",
    "Kernel SHAP": "shapley values",
    "LIME": "local interpretable superpixels",
    "Grad-CAM": "class activation mapping",
    "Occlusion": "cover hide patch sliding window sensitivity",
    "Feature visualisation": "activation maximisation channel look for dream neuron filter detects",
    # Controls
    "Prepare": "skull registration normalise preprocess",
    "Checks of the scan": "fit suitable network trained on valid input quality caution unfit",
    "Details": "card facts licence population training data performance",
    "Target": "class output label logit to explain",
    "Layer": "where convolution begin",
    "Uncertainty": "confidence interval sure certain error bars dropout ensemble standard deviation",
    "Threshold by": "percentile value top number of voxels kind cut",
    "Threshold": "cut off less more cutoff strength slider",
    "Threshold amount": "cut off cutoff number percentile",
    "Sign": "positive negative above below zero only",
    "Largest clusters": "number of bodies blobs strongest biggest how many",
    "Smallest cluster": "hide remove small tiny clusters blobs noise specks extent minimum size",
    "Smoothing": "blur map gaussian fwhm smooth filter",
    "Slices on walls": "crosshair middle position",
    "Colours": "colormap palette hues colour blind",
    "Opacity": "transparency transparent alpha overlay fade",
    "Custom colour range": "limits of colour scale bar minimum maximum window",
    "Map on slices": "overlay show hide",
    "Outline only": "contour edge border",
    "Glass brain": "transparent see through surface cortex",
    "Nested surfaces": "inner outer translucent shell",
    "Scale bar": "ruler length centimetre size",
    "Colour bar": "legend scale key",
    "Remove the skull": "skull strip brain extraction bet",
    "Register to MNI152": "normalise align template standard space coregister",
    "Correct the bias field": "n4 inhomogeneity intensity nonuniformity",
    "Group map": "group statistics mean average t test significance participants analysis",
    "Compare with controls": "z score deviation patient healthy normal",
    "Display": "fade flicker side by side difference",
    "Atlas": "names of regions areas labels",
}
"""Synonyms by the English name of an action, a method, a control, or (with the word "panel") a panel.

Those in other languages are in ``resources/translations/words_*.ts``, by the displayed name.
"""


def find_synonyms(name: str) -> str:
    """Return the synonyms of an entry's name; empty if none are known."""
    # Text in parentheses is a detail, such as in "Register to MNI152 (affine)".
    names = (name, name.partition(" (")[0])
    translated = (QCoreApplication.translate("PaletteWords", source) for source in names)
    synonyms = (words for source, words in zip(names, translated, strict=True) if words != source)
    return next(synonyms, "") or WORDS.get(names[0]) or WORDS.get(names[1], "")
