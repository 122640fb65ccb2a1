"""The hot path: file_stream requests checked, packed, and made durable before they are answered."""
