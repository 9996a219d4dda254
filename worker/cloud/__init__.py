"""What Feedmill does with object stores: S3, R2, GCS, Azure and whatever speaks S3.

Owns the face of a bucket (bucket.py: conditional writes, retries, complete lists) and the
processes that use one: the mirror brings the public folder to a bucket. Refuses a store that
ignores conditions, and never opens the worker's database, which has one writer. Without the
extra ``feedmill[s3]`` everything imports and the rest of Feedmill runs as before.
Begin with bucket.py, then mirror/plan.py.
"""
