from shell import Vllm


class TritonPythonModel(Vllm):
    pass
