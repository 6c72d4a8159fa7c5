"""What a live session is: events in, commands out, time is an argument."""
