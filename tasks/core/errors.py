"""The tree of errors, named for what the caller must do.

    CountersignError
    ├── ConfigurationError            stop; a person must change a setting
    │   └── SchemaError               stop; the schema file must be changed
    ├── SourceError
    │   ├── SourceMissing             final: the object, bucket or prefix is not there
    │   │   └── NothingMatches        final: objects are there, and none is what was asked for
    │   ├── SourceForbidden           final: the credentials are wrong or lack the right
    │   └── SourceUnavailable         retry: the store does not answer
    ├── DocumentError                 final, recorded as a quarantine row, never retried
    │   └── DocumentTooLarge          refused before it is downloaded
    ├── ModelError
    │   ├── ModelMissing              stop: the server does not serve the model
    │   ├── ModelUnavailable          retry
    │   ├── ModelBusy                 retry
    │   ├── ModelTimedOut             retry
    │   ├── ModelChanged              retry from the start: another version serves than the run began with
    │   └── ModelOutputInvalid        ask again, then flag
    ├── StoreError
    │   ├── StoreConflict             another writer was first
    │   │   ├── RunHeld               another worker is at this very run: leave it
    │   │   └── BackfillStands        the backfill is in no state for that: look at it first
    │   ├── StoreMissing              what was asked for is not stored
    │   │   ├── BackfillMissing       no backfill has that name
    │   │   └── StoreEmpty            nothing of this kind is stored yet: fill it first
    │   └── StoreUnavailable          retry
    └── StackError                    a part of the embedded stack did not start; see its log

Messages carry ids and counts, what it means and what to do; never contract text, never a secret.
"""

from __future__ import annotations


class CountersignError(Exception):
    """Root. `retryable`: the same call may go through later."""

    retryable = False


class ConfigurationError(CountersignError):
    pass


class SchemaError(ConfigurationError):
    pass


class SourceError(CountersignError):
    pass


class SourceMissing(SourceError):
    pass


class NothingMatches(SourceMissing):
    pass


class SourceForbidden(SourceError):
    pass


class SourceUnavailable(SourceError):
    retryable = True


class DocumentError(CountersignError):
    """A document that is refused.

    Args:
        code: The reason's code, e.g. `password_required`; goes into the quarantine row.
        message: What a person reads.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class DocumentTooLarge(DocumentError):
    pass


class ModelError(CountersignError):
    begun: str = ""
    """What had come of the answer before it broke off: for the trail, never for a message."""


class ModelMissing(ModelError):
    pass


class ModelUnavailable(ModelError):
    retryable = True


class ModelBusy(ModelError):
    retryable = True


class ModelTimedOut(ModelError):
    retryable = True


class ModelChanged(ModelError):
    retryable = True


class ModelOutputInvalid(ModelError):
    pass


class StoreError(CountersignError):
    pass


class StoreConflict(StoreError):
    pass


class RunHeld(StoreConflict):
    pass


class BackfillStands(StoreConflict):
    pass


class StoreMissing(StoreError):
    pass


class BackfillMissing(StoreMissing):
    pass


class StoreEmpty(StoreMissing):
    pass


class StoreUnavailable(StoreError):
    retryable = True


class StackError(CountersignError):
    pass
