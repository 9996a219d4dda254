"""Parser children: untrusted files are read in processes of their own, with limits.

Owns the number of children, their time and memory, who gets which file, and which file a crash
is blamed on. It trusts nothing that a child sends: answers are plain JSON, checked field by field.

Begin at ``pool.ParserPool.read``, in the parent. ``child.main`` runs in the child, ``codec`` is
what travels between the two.
"""
