"""What the built-in responder knows by heart. ``**`` and bullets are for text sessions; speech leaves them out."""

from collections.abc import Mapping
from types import MappingProxyType

GREETING = "Hello there! How can I help you today?"
"""Recorded answer to "Hello"."""

PRESENT = "Yes, I am here! How can I help you today?"
"""Recorded answer to "Hello? Gemini are you there?"."""

ABILITIES = """There are quite a few things we can do together. For example:

*   **Talk:** greet me, ask how I am, or let me suggest something to talk about.
*   **Remember:** tell me your name or a number, and ask me for it later.
*   **Look back:** ask for your last question, or for a summary of our conversation.
*   **Know a little:** ask for the capital of a country.
*   **Entertain:** ask for a joke or a story, or let me count to ten.
*   **Repeat:** tell me to say something, and I say it.

I am the built-in responder of an emulator, so anything else comes back to you as an echo. What shall we try?"""

SUGGESTIONS = (
    "We could talk about travel, music, or what you are building at the moment. "
    "Or ask me for the capital of a country, a joke, or a story. What do you prefer?"
)

NO_WEATHER = (
    "I cannot look out of the window: this emulator has no live data about the weather. "
    "I imagine a mild day with a few clouds."
)

NO_CLOCK = "I cannot see a clock or a calendar from here, so please look at your own."

WELL = "I am doing well, thank you! How can I help you today?"

WELCOME = "You are welcome! Is there anything else I can do for you?"

FAREWELL = "Goodbye! It was nice talking to you."

RABBIT_JOKE = "How do you know that carrots are good for your eyes? Have you ever seen a rabbit with glasses?"

JOKES = (
    "Why did the web socket break up with the poll? It wanted a relationship where both sides can speak first.",
    "Why do programmers mix up Halloween and Christmas? Because Oct 31 equals Dec 25.",
    "What did one microphone say to the other? I hear you, but I need a moment to process that.",
    "How does a server say goodbye? With a close frame and a good reason.",
)

STORY = (
    "In a small town by the river lived a clockmaker who was always late. One morning all of his clocks stopped. He "
    "went from house to house to ask for the time, and at every door somebody gave him a cup of tea. When he came home "
    "in the evening, the clocks were ticking again, and he had made twelve friends. Since then he stops them himself "
    "once a year."
)
"""Some twenty seconds of speech: long enough to be interrupted."""

LONG_STORY = (
    "Once there was a lighthouse keeper who talked to the ships. Every night she sent her light over the water, "
    "and every ship that passed answered with its horn. One autumn the fog came and stayed for a week. The light did "
    "not reach the ships any more, and their horns sounded far away and lost. So the keeper opened all her windows "
    "and began to sing. She sang every song that she knew, and when she knew no more, she made up new ones. The ships "
    "heard her and turned their bows towards the open sea. On the eighth day the fog was gone, and the harbour was "
    "full of boats, since everyone wanted to know who had been singing. The keeper was hoarse and could only whisper. "
    "But from then on, whenever a ship passed the lighthouse, its crew came on deck and sang her songs back to her."
)
"""About a minute of speech."""

PIZZA = (
    "Yes! For a simple Margherita pizza, roll the dough out thin, spread crushed tomatoes on it, and add mozzarella "
    "and a little olive oil. Bake it as hot as your oven can for about eight minutes, and put fresh basil on top."
)

COMFORT = (
    "I am sorry to hear that, it sounds frustrating, and it is not your fault. Let us go one small step at a time: "
    "open the connection, send the setup as the first message, and wait until it is confirmed. Then send one short "
    "text. Which of these is where you are stuck?"
)

FIRST_PARAMETER = (
    "It is the model in the setup, your first message: without the name of a model that can do live sessions nothing "
    "else works. Next comes the response modality, text or audio. Then wait for the setup to be confirmed."
)

NO_EYES = "this emulator has no eyes: let a scenario say what I see."

CAPITALS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        country.casefold().removeprefix("the "): (country, capital)
        for country, capital in {
            "Argentina": "Buenos Aires",
            "Australia": "Canberra",
            "Austria": "Vienna",
            "Belgium": "Brussels",
            "Brazil": "Brasília",
            "Canada": "Ottawa",
            "Chile": "Santiago",
            "China": "Beijing",
            "Colombia": "Bogotá",
            "Denmark": "Copenhagen",
            "Egypt": "Cairo",
            "England": "London",
            "Finland": "Helsinki",
            "France": "Paris",
            "Germany": "Berlin",
            "Greece": "Athens",
            "India": "New Delhi",
            "Indonesia": "Jakarta",
            "Ireland": "Dublin",
            "Italy": "Rome",
            "Japan": "Tokyo",
            "Kenya": "Nairobi",
            "Mexico": "Mexico City",
            "Morocco": "Rabat",
            "the Netherlands": "Amsterdam",
            "New Zealand": "Wellington",
            "Nigeria": "Abuja",
            "Norway": "Oslo",
            "Peru": "Lima",
            "Poland": "Warsaw",
            "Portugal": "Lisbon",
            "South Korea": "Seoul",
            "Spain": "Madrid",
            "Sweden": "Stockholm",
            "Switzerland": "Bern",
            "Turkey": "Ankara",
            "Ukraine": "Kyiv",
            "the United Kingdom": "London",
            "the United States": "Washington, D.C.",
            "Vietnam": "Hanoi",
        }.items()
    }
)
"""Country and capital by the country's name in small letters, without its article."""
