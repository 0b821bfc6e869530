"""What Python expressions are known to be, without running them."""
