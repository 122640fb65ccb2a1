"""Backup and restore of a whole installation: documents, streams, blobs, secrets.

What was acknowledged before a backup began is in it: either in the documents, which are read at
one moment each database (a snapshot), or in the messages of INGEST that were not yet applied
then. Both are needed, so both are kept, and a restored INGEST goes on counting where it stood. So
does DEAD, whose messages were acknowledged too, and which documents tell by their sequences.
"""
