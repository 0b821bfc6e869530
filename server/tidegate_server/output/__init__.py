"""The formats findings are printed in: one module each."""
