"""The only place that asks Triton's models. `TritonClient` is the interface; the rest of the package is how it keeps its word."""

from tasks.triton.client import TritonClient, open_client
from tasks.triton.dialect import Dialect, Served
from tasks.triton.language import LanguageOptions
from tasks.triton.response import Answer

__all__ = ["Answer", "Dialect", "LanguageOptions", "Served", "TritonClient", "open_client"]
