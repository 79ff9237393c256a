"""The programs measured: how each is configured and driven."""
