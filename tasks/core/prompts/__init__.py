"""What a language model is told and asked: texts in `vN/`, in English and Chinese, rendered for one chunk in one round.

Pure; sends nothing (`tasks.verify.model_calls` does). What comes from a document is data to a model: it stands between fences that it cannot
forge (`fence`), and whatever is answered is grounded and countersigned all the same.
"""
