"""``python -m gemlive_emulator`` is the command ``gemlive-emulator``."""

from gemlive_emulator.cli.main import main

if __name__ == "__main__":
    main(prog_name="gemlive-emulator")
