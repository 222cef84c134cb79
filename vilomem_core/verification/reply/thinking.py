"""Separate what a model thought from what it answered."""

from __future__ import annotations

import re

# spellings seen in the chat templates of DeepSeek-R1, Qwen, Kimi, Mistral and Seed, and in prompts that ask for reasoning tags
_NAMES = "think|thinking|thought|thoughts|reasoning|reason|analysis|reflection|scratchpad|rationale|cot"
_TAG = re.compile(rf"<\s*(?P<close>/)?\s*(?:seed:)?(?:{_NAMES})\s*>|\[(?P<close2>/)?THINK\]|◁(?P<close3>/)?think▷", re.IGNORECASE)
_FINAL_CHANNEL = re.compile(r"<\|channel\|>\s*final\s*<\|message\|>")
_SPECIAL = re.compile(r"<\|[a-zA-Z_ ]{1,30}\|>|</?s>")


def answer_part(reply: str) -> tuple[str, bool]:
    """What was said outside reasoning tags, and whether only an explicit final marker counts in it.

    That is so when the reply is nothing but a block of reasoning that never closed: it may have reached its answer or not. A
    block that closed with nothing after it leaves an empty text: thinking alone commits to nothing.
    """
    channel = list(_FINAL_CHANNEL.finditer(reply))
    if channel:
        reply = reply[channel[-1].end() :]
    reply = _SPECIAL.sub(" ", reply)
    visible: list[str] = []
    depth, position, opened_at = 0, 0, 0
    for tag in _TAG.finditer(reply):
        closes = tag["close"] or tag["close2"] or tag["close3"]
        if not depth:
            visible.append(reply[position : tag.start()])
        if closes and not depth:
            visible.clear()  # the opening tag stood in the prompt: all before the closing one was reasoning
        elif closes:
            depth = 0  # blocks do not nest; a model that opens twice closes once
        elif not depth:
            depth, opened_at = 1, tag.end()
        position = tag.end()
    if depth:
        return ("\n".join(visible), False) if _has_ink(visible) else (reply[opened_at:], True)
    visible.append(reply[position:])
    return "\n".join(visible), False


_HEADING_ONLY = re.compile(r"^\W*(?:(?:the |my |final )?answer|solution|response|sure|okay|ok)?\W*$", re.IGNORECASE)


def _has_ink(parts: list[str]) -> bool:
    return not _HEADING_ONLY.match(" ".join(parts))
