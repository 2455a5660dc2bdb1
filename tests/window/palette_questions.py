"""Fifty questions that users ask the palette in their own words, each with the entry that answers it.

They were written before the search: what is not found needs a better search, not another question.
"""

from __future__ import annotations

QUESTIONS: dict[str, tuple[str, str]] = {
    # A physician with one scan.
    "open a brain scan": ("Open scan", "action"),
    "load dicom": ("Open DICOM or BIDS folder", "action"),
    "load a neural network": ("Open model", "action"),
    "remove the skull": ("Remove the skull", "in Prepare"),
    "register to mni": ("Register to MNI152", "in Prepare"),
    "does my scan fit the network": ("Checks of the scan", "in Model"),
    "what must my scan be": ("What your scan must be", "guide"),
    "why does the network say that": ("Compute map", "action"),
    "pdf report": ("Save report", "action"),
    "can I trust this map": ("Trust", "panel"),
    "go to the hippocampus": ("Left Hippocampus", "region"),
    "left and right are the wrong way round": ("Swap left and right", "action"),
    "radiological convention": ("Radiological: the brain's left on the right", "action"),
    "send to pacs": ("Export as DICOM", "action"),
    "undo": ("Undo view change", "action"),
    "stop the calculation": ("Cancel", "action"),
    "axial": ("Axial slice", "view"),
    "names of brain areas": ("Open atlas", "action"),
    "how sure is the prediction": ("Uncertainty", "in Method"),
    "how do I read the deletion check": ("Deletion", "guide"),
    # A researcher.
    "gradcam": ("Grad-CAM", "activation method"),
    "layerwise relevance propagation": ("LRP, composite", "attribution method"),
    "shapley values": ("Kernel SHAP", "perturbation method"),
    "treshold": ("Threshold", "in Show"),
    "hide small clusters": ("Smallest cluster", "in Show"),
    "only positive values": ("Sign", "in Show"),
    "blur the map": ("Smoothing", "in Show"),
    "limits of the colour scale": ("Custom colour range", "in Show"),
    "compare two maps": ("Compare", "panel"),
    "table of clusters as csv": ("Save clusters", "action"),
    "copy the command line": ("Copy as command", "action"),
    "random weights": ("Random weights", "check"),
    "group statistics": ("Group map", "in Cohort"),
    "what does this channel look for": ("Feature visualisation", "of the channel chosen in Layers"),
    "save as nifti": ("Save map", "action"),
    "3d printing": ("Save mesh", "action"),
    "conv3": ("conv3", "layer"),
    "class to explain": ("Target", "in Method"),
    "PET study": ("Study of 1995", "action"),
    "some relevance": ("some_relevance", "map"),
    "keyboard shortcuts": ("Shortcuts", "action"),
    # A presenter.
    "full screen": ("Presentation mode", "action"),
    "white background": ("Light", "action"),
    "video": ("Save movie", "action"),
    "picture for my slides": ("Save figure", "action"),
    "example data": ("Demonstration: simulated lesions", "action"),
    "see through the brain": ("Glass brain", "in Show"),
    "look from above": ("From the top", "action"),
    "all slices at once": ("Mosaic or three slices", "action"),
    "web page to send by mail": ("Share as page", "action"),
}
"""How the name and the kind of the wanted entry begin."""
