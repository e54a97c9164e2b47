"""What Triton runs; the work is in `infra.deploy.triton.smollm2`."""

from infra.deploy.triton.smollm2.served import SmallModel as TritonPythonModel  # noqa: F401
