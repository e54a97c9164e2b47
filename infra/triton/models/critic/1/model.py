"""The native critic behind Triton's Python backend: bytes in, bytes out; the work is in `tasks.core.native`.

Requires: `tasks` importable by the stub (PYTHONPATH), the weight files beside this file. Never logs a request.
"""

from pathlib import Path

import numpy as np
import triton_python_backend_utils as pb_utils

from tasks.core.native.critic import Critic
from tasks.core.native.service import answer_batch


class TritonPythonModel:
    def initialize(self, args):
        folder = Path(args["model_repository"]) / args["model_version"]
        self.model = Critic.load(folder if folder.is_dir() else Path(__file__).parent)

    def execute(self, requests):
        rows = [pb_utils.get_input_tensor_by_name(r, "request").as_numpy() for r in requests]
        texts = [bytes(x).decode("utf-8", "replace") for row in rows for x in row.reshape(-1)]
        answers = iter(answer_batch(self.model, texts))
        responses = []
        for row in rows:
            out = np.array([next(answers).encode() for _ in range(row.size)], dtype=np.object_).reshape(row.shape)
            responses.append(pb_utils.InferenceResponse([pb_utils.Tensor("response", out)]))
        return responses
