"""What authors are told: receipts beside their files, ``feedmill check`` and ``feedmill new``.

Owns the receipts' text and files, and the excerpts that show the line of a problem. Decides
nothing about an article: verdicts come from worker/ingest, problems from worker/parsing.
Begin with receipt_text.py (what a receipt says), then receipts.py (which ones are due).
"""
