"""How each model family says it: limits, refusals, dialects."""
