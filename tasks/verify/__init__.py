"""Verify: the loop over one document, from claiming its run to storing its results.

    task         the Prefect task: claims the run, plays its rounds, stores its results
    rounds       one round after the other: generate, ground, critique, revise
    model_calls  calls the generator and the critic, native or language models
    batch        what the documents of a batch share: a budget and one Triton client

The rules (what is flagged, revised, verified) are in `tasks.core.loop`.
"""
