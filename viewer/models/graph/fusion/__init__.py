"""Fusion of operators that are written out in parts: GELU, layer and RMS norm, the bias of a dense layer.

ONNX files have them in parts where their opset has no operator for the whole, and so have modules written by
hand. The rules of LRP and DeepLIFT are those of the whole.
"""
