"""What Countersign runs on, the command line and the demo."""
