"""How the one writer writes: its lock, its transactions, and what makes many files cheap.

``transactions`` holds all or nothing, and what is written once at the end of one. ``absent`` knows
which values no row has; ``feed_rows`` the feeds by key, and how often each is touched. Nothing
here decides anything, and nothing that is kept in memory outlives its transaction.
"""
