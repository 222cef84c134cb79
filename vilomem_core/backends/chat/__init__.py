"""Chat back ends: ``recorded`` replays, ``openai`` talks to a server; ``build`` makes them from their specs.

It holds the settings of an endpoint and of a budget, the form of requests and replies on the wire, retries, pace, and two
wrappers: one counts (``Metered``), one waits (``Patient``). It does not hold prompts, the parsing of what a reply says, or the
``simulated`` learner.
"""
