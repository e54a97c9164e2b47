"""Prefect automations: the file `set.yaml`, and the code that deploys it."""
