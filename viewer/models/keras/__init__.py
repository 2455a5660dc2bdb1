"""Networks in Keras files (``.keras``, ``.h5``), read as data, without Keras and TensorFlow.

Layers are expressed in the operators of ONNX (`viewer.models.onnx.operators`), whose padding rules include
those of TensorFlow. The entry point is `viewer.models.keras.read.read_keras`.
"""
