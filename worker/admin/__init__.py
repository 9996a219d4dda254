"""Commands for sysadmins: ``doctor`` checks the machine, ``install-service`` writes units.

Owns what Feedmill knows of systemd, of the kernel's limits and of file permissions. Refuses to
repair anything: ``doctor`` changes nothing and names the fix; ``install-service`` starts nothing
and never overwrites a file that somebody else wrote. Begin at ``doctor.examine``, which lists
every check in order, and at ``unit_files.service_files``.
"""
