"""The pages of docs/reference, made of what the program itself says."""
