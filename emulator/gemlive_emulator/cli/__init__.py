"""The gemlive-emulator command."""
