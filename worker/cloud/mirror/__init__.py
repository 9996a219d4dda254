"""Brings the public folder to a bucket, so that readers fetch from there or through a CDN.

A process of its own: the worker needs no network and never waits for it. Reads the public folder
only, writes the bucket and its own folder beside the database. Refuses to delete what it did not
send. Begin with plan.py (what is sent, in which order), then mirror.py (one round).
"""
