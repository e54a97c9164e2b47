"""What containers and servers need: image, compose, Helm chart, work pools, automations, models."""
