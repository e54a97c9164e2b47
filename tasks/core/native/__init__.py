"""The native models: what Triton's Python backend serves, and what training and tests run in-process.

numpy and python-crfsuite only; no scikit-learn, no server. Everything here is a pure function of weights and request.
"""
