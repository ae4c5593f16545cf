"""Speed and accuracy claims, each measured side by side in one run."""
