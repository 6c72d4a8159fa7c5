"""What outlives a connection: resumption snapshots."""
