"""Chat back ends: ``recorded`` replays, ``openai`` talks to a server, ``vllm_engine`` computes in this process.

``connections`` sends HTTP requests, ``wire`` forms them and reads replies, ``failures`` names what went wrong, ``pace`` says when a
request is sent, ``budget`` what it costs. Prompts and the reading of what a reply says are elsewhere.
"""
