"""Histories read and compacted: frames and segments seen as one sequence of lines."""
