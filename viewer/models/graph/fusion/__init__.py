"""Fusion of operators that are written out in parts: GELU, layer norm, RMS norm, dense layer with bias.

ONNX files write them out if their opset lacks the operator, and so do hand-written modules. The rules of LRP
and DeepLIFT are defined for the fused operators.
"""
