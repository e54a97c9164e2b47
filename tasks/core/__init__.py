"""The product's knowledge: records, reading, chunking, grounding, revision, wire format.

Nothing here imports Prefect or talks to a server; the models that Triton serves import it too.
"""
