"""An emulator in a process of its own that tells what its sessions know: each answer is all that the user has said."""

import asyncio
import sys

from gemlive_emulator import Emulator, Settings


def tell(turn, conversation):
    """Everything that the user said, this turn included."""
    return "|".join([*(said.text for said in conversation.history if said.role == "user"), turn.text])


async def main(store):
    settings = Settings(
        port=0,
        store=store,
        pace="at-once",
        voice="formant",
        log_level="error",
        limits=False,
        # 3.8 lets nobody come back at once.
        overrides={"behaviour.resumption.after_drop": 0, "behaviour.resumption.after_close": 0},
    )
    async with Emulator(settings, responder=tell) as emulator:
        print(emulator.port, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
