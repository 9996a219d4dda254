"""What becomes of a file: verdict, identity, conflicts, withdrawals."""
