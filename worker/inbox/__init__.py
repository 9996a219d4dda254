"""The drop folder: watchdog's events, quiet files, scans and safe reading.

Owns everything that touches the folder's files: ``Watcher`` turns events into hints on a
``HintQueue``, ``Settler`` decides when a file is quiet, ``DropFolder`` looks, scans, reads and
moves files. Never follows a symlink, never writes into an author's file, never parses, and knows
no database. An event is only a hint: a scan finds whatever events missed.

Begin with folder.py, then settling.py and watcher.py.
"""
