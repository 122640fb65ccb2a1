"""Cordée on several machines, as far as one machine can be several.

Three NATS, three MongoDB, two of each process, and lines between them that can be cut.
"""
