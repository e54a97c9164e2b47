"""Train the native generator and critic."""
