"""What a sysadmin runs seldom."""
