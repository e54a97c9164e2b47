from shell import TensorRtLlm


class TritonPythonModel(TensorRtLlm):
    pass
