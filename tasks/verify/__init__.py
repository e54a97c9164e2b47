"""Verify: the loop over one document, from its claim to its results.

    task         the Prefect task: claims the run, plays its rounds, stores its results
    rounds       one round after the other: generate, ground, critique, revise
    model_calls  asks the generator and the critic, native or language models
    batch        what the documents of a batch share: a budget, and one client of Triton

The rules (what is found, what goes again, what is verified) are in `tasks.core.loop`.
"""
