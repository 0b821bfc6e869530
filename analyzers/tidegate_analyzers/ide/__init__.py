"""What an editor asks: a snapshot and an offset in, plain data out. Nothing here knows a protocol."""
