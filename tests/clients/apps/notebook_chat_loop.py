"""The first example of Google's guide to the Multimodal Live API of December 2024 (code samples: Apache-2.0).

Only the notebook's way to start (``nest_asyncio`` and a loop that never ends) has become ``asyncio.run``.
"""

import asyncio

from google import genai

client = genai.Client(api_key="REDACTED_API_KEY", http_options={"api_version": "v1alpha"})
model_id = "gemini-2.0-flash-exp"
config = {"response_modalities": ["TEXT"]}


async def main():
    """Chat until the user says exit."""
    async with client.aio.live.connect(model=model_id, config=config) as session:
        while True:
            message = input("User> ")
            if message.lower() == "exit":
                break
            await session.send(input=message, end_of_turn=True)

            async for response in session.receive():
                if response.text is None:
                    continue
                print(response.text, end="")


if __name__ == "__main__":
    asyncio.run(main())
