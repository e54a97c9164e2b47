"""A small language model behind Triton's Python backend, with the signature of vLLM's backend.

    served.py     the class that Triton runs: requests in, parts of answers out
    request.py    what a request asks, in vLLM's words and in llama.cpp's
    engine.py     llama.cpp, in the model's own process

It is there to try a language model without a GPU and without an account: docs/language-models.md.
"""
