"""A module that nothing else imports."""
