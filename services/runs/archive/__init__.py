"""What is done with the bytes of artifacts: committed, put together, expired, collected."""
