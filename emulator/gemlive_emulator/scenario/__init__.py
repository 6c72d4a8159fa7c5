"""What the model says: scenario files, rules, the built-in responder."""
