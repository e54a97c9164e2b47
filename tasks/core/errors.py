"""The tree of errors, named for what the caller must do.

    CountersignError
    ├── ConfigurationError            stop: a person must change a setting
    │   ├── SchemaError
    │   ├── SheetError
    │   └── OutputError
    ├── SourceError
    │   ├── SourceMissing             final
    │   │   ├── ObjectMissing
    │   │   └── NothingMatches
    │   ├── SourceForbidden           final
    │   ├── SourceWithheld            leave the document: a later run takes it
    │   │   ├── SourceArchived        once it is restored
    │   │   └── SourceKeyDenied       once its key may be used
    │   └── SourceUnavailable         retry
    ├── DocumentError                 final: becomes a quarantine row
    │   ├── DocumentErased
    │   └── DocumentTooLarge
    ├── ModelError
    │   ├── ModelMissing              stop
    │   ├── ModelUnavailable          retry
    │   ├── ModelCrashed              reload the model
    │   ├── ModelBusy                 retry
    │   ├── ModelTimedOut             retry
    │   ├── ModelChanged              retry from the start
    │   └── ModelOutputInvalid        ask again, then flag
    ├── StoreError
    │   ├── StoreConflict
    │   │   ├── RunHeld               leave the document to the other worker
    │   │   ├── HeadConflict          find out what became of the database
    │   │   └── BackfillConflict      look at the backfill first
    │   ├── StoreMissing
    │   │   ├── BackfillMissing
    │   │   └── StoreEmpty
    │   └── StoreUnavailable          retry
    └── StackError                    see the part's log

A message says what happened, what it means and what to do. It carries ids and counts, never
contract text and never a secret.
"""

from __future__ import annotations


class CountersignError(Exception):
    """Root of all errors of ours."""

    retryable = False
    """Whether the same call may succeed later."""


class ConfigurationError(CountersignError):
    """A setting is missing or wrong, or an installation does not fit it."""


class SchemaError(ConfigurationError):
    """A schema file is missing or wrong."""


class SheetError(ConfigurationError):
    """A spreadsheet or CSV file of decisions cannot be taken at all."""


class OutputError(ConfigurationError):
    """A file of results cannot be written where a person wants it."""


class SourceError(CountersignError):
    """An object of the bucket cannot be read or written."""


class SourceMissing(SourceError):
    """The object, bucket or prefix does not exist."""


class ObjectMissing(SourceMissing):
    """The bucket is there, and has no such key."""


class NothingMatches(SourceMissing):
    """There are objects, but none that the selection matches."""


class SourceForbidden(SourceError):
    """The credentials are missing or wrong, or lack a permission."""


class SourceWithheld(SourceError):
    """The object is there, and the store does not give its bytes. The credentials are right."""

    code = "withheld"
    """Why, as tables show it."""


class SourceArchived(SourceWithheld):
    """It has to be restored from an archive class before it can be read."""

    code = "archived"


class SourceKeyDenied(SourceWithheld):
    """It is encrypted by a key that is disabled, gone, or not allowed to these credentials."""

    code = "key_denied"


class SourceUnavailable(SourceError):
    """The object store does not answer, or answers with an error."""

    retryable = True


class DocumentError(CountersignError):
    """A document is refused.

    Args:
        code: The reason's code for the quarantine row, e.g. `password_required`.
        message: For the user.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class DocumentErased(DocumentError):
    """The words of the document were taken out of the database, and are not read again."""


class DocumentTooLarge(DocumentError):
    """The file is above the size limit, so it is not downloaded."""


class ModelError(CountersignError):
    """A call of a model failed."""

    begun: str = ""
    """The part of the answer that came before it broke off; never put it into a message."""


class ModelMissing(ModelError):
    """The server does not serve the model."""


class ModelUnavailable(ModelError):
    """The server does not answer."""

    retryable = True


class ModelCrashed(ModelError):
    """The model's process in the server died. Until the model is reloaded, every call of it fails."""


class ModelBusy(ModelError):
    """The server refuses the call because its queue is full."""

    retryable = True


class ModelTimedOut(ModelError):
    """The model gave no answer before the deadline."""

    retryable = True


class ModelChanged(ModelError):
    """Another version of the model serves than the run began with."""

    retryable = True


class ModelOutputInvalid(ModelError):
    """The server's response does not have the agreed form."""


class StoreError(CountersignError):
    """The database cannot do what is asked of it."""


class StoreConflict(StoreError):
    """Another writer was first."""


class RunHeld(StoreConflict):
    """Another worker has claimed this run."""


class HeadConflict(StoreConflict):
    """The signed heads outside of the database are not of its history."""


class BackfillConflict(StoreConflict):
    """The backfill's state does not allow the action."""


class StoreMissing(StoreError):
    """The row does not exist."""


class BackfillMissing(StoreMissing):
    """No backfill has this name."""


class StoreEmpty(StoreMissing):
    """Nothing of this kind is stored yet."""


class StoreUnavailable(StoreError):
    """The database does not answer."""

    retryable = True


class StackError(CountersignError):
    """A part of the embedded stack did not start."""
