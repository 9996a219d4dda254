"""What becomes of a file: its verdict, its article, and every later change of that article.

It takes paths from ``worker.inbox`` and readings from ``worker.parsing``, and brings the database
up to them. It writes no public file and no receipt. What is wrong with one file becomes that
file's verdict, and stops no other.

Begin with ``ingestor`` (the way of one file). ``verdicts``, ``identity`` and ``lifecycle`` decide
and are pure; ``conflicts``, ``withdrawals``, ``schedule`` and ``commands`` change stored articles.
"""
