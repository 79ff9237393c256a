"""One measurement a module; each takes programs and adds numbers to the results."""
