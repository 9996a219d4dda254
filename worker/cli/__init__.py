"""The command line: arguments in, output and an exit status out.

Owns what ``feedmill COMMAND`` accepts and prints, and the format of log lines. Refuses to decide
anything: a command reads its options, calls one function of another package and prints the
result. It imports that package inside the command, so that ``--help`` starts fast. Begin at
``main``; ``output`` prints for people and as JSON, ``logs`` formats log lines.
"""
