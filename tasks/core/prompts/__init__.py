"""Prompts for language models: the texts in `vN/`, in English and Chinese, and how a chunk fills them."""
