"""The language server: `app` starts it, `features` holds one module a feature."""
