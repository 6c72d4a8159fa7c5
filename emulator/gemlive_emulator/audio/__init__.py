"""Sound as numbers. Pure: imports numpy only."""
