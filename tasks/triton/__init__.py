"""The only package that calls Triton's models.

Other code uses `TritonClient` and what is named here.
"""

from tasks.triton.client import TritonClient, open_client
from tasks.triton.dialect import Dialect, Served
from tasks.triton.language import LanguageOptions
from tasks.triton.response import Answer

__all__ = ["Answer", "Dialect", "LanguageOptions", "Served", "TritonClient", "open_client"]
