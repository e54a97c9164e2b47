"""What all steps need from the runtime: retries, queues, concurrency, secrets, setting files."""
