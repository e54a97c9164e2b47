"""How the product learns from labelled contracts and is measured on them. No step of a contract imports it."""
