"""What this SDK relies on, and what it keeps."""
