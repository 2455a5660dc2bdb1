"""Networks in ONNX files, read as data and run with PyTorch's operators.

The way in is `viewer.models.onnx.load.load_onnx`.
"""
