"""One line in the logs for a run that ends Failed by its own judgement."""

from __future__ import annotations

import logging

from prefect.exceptions import FailedRun

_ENGINE_WORDS = "exited with unexpected exception"
_NO_EXCEPTION = "Unexpected result for failed state"


class _ReturnedState(logging.Filter):
    """Drops what Prefect 3.9.1 says once more, with a long traceback, of a flow that returned `Failed`.

    Its engine asks such a state for its result, which raises, for nothing was raised before. The
    line before, `Finished in state Failed(...)`, says all. An exception of ours keeps its traceback.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if _ENGINE_WORDS not in record.getMessage() or not record.exc_info:
            return True
        error = record.exc_info[1]
        is_returned = isinstance(error, TypeError) and str(error).startswith(_NO_EXCEPTION)
        return not (is_returned or isinstance(error, FailedRun))


_FILTER = _ReturnedState()


def log_returned_failure_once() -> None:
    """Call once in the module of a flow that returns `Failed`. Safe to repeat."""
    for name in ("prefect.flow_runs", "prefect.engine"):
        logging.getLogger(name).addFilter(_FILTER)
