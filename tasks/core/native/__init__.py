"""The native models: Triton's Python backend serves them, training and tests run them in-process.

Pure functions of weights and request, with numpy and python-crfsuite only.
"""
