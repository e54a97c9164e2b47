"""A language model that only waits: each answer takes one slot for a set time, and what comes more waits for a slot.

Answers of generator and critic alike: nothing found, nothing judged, nothing missing. For each answer it appends `begun ended` (seconds
since the epoch) to `calls` beside this file: how long the slots were in use is measured here, not at the client.
"""

import json
import queue
import threading
import time
from pathlib import Path

import numpy as np
import triton_python_backend_utils as backend

ANSWER = '{"items": [], "verdicts": [], "missing": []}'


class TritonPythonModel:
    def initialize(self, args):
        parameters = json.loads(args["model_config"])["parameters"]
        self.latency_s = float(parameters["latency_s"]["string_value"])
        self.waiting = queue.SimpleQueue()
        self.calls = (Path(__file__).parent / "calls").open("a", buffering=1)
        self.slots = [
            threading.Thread(target=self.serve, daemon=True)
            for _ in range(int(parameters["slots"]["string_value"]))
        ]
        for slot in self.slots:
            slot.start()

    def execute(self, requests):
        for request in requests:
            self.waiting.put(request.get_response_sender())

    def serve(self):
        """One slot."""
        while (sender := self.waiting.get()) is not None:
            begun = time.time()
            time.sleep(self.latency_s)
            self.calls.write(f"{begun} {time.time()}\n")
            text = backend.Tensor("text_output", np.array([ANSWER.encode()], dtype=np.object_))
            finish = backend.Tensor("finish_reason", np.array([b"stop"], dtype=np.object_))
            sender.send(
                backend.InferenceResponse([text, finish]), flags=backend.TRITONSERVER_RESPONSE_COMPLETE_FINAL
            )

    def finalize(self):
        for _ in self.slots:
            self.waiting.put(None)
        for slot in self.slots:
            slot.join()
        self.calls.close()
