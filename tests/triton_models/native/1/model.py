from shell import Native


class TritonPythonModel(Native):
    pass
