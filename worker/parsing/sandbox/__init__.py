"""Children: untrusted files are read in processes of their own, with limits.

Owns the number of children, their time and memory, who gets which job, and which job a crash is
blamed on. It trusts nothing that a child sends: answers are checked by their types.

Begin at ``child_pool.ChildPool.run``, in the parent; ``pool.ParserPool`` is its use for files.
``fork_server`` starts the process that forks children, ``server`` is its program, ``child`` theirs;
``codec`` is what travels.
"""
