"""DICOM objects made from a map of a DICOM series: parametric map, segmentation, secondary captures."""
