"""Networks in ONNX files, read as data and run with PyTorch's operators.

`viewer.models.onnx.onnx_file` reads the file, and `viewer.models.onnx.build` builds a module from it.
"""
