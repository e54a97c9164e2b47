from shell import LlmApi


class TritonPythonModel(LlmApi):
    pass
