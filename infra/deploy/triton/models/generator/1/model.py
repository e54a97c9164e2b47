"""What Triton runs: the class that fits the weights beside this file (card.json says which); the work is in `tasks.core.native`."""

from tasks.core.native.served import TritonPythonModel  # noqa: F401
