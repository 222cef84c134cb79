"""Who takes part in the loop: the models by role, and the senses that turn texts and images into vectors and maps."""

from __future__ import annotations

from dataclasses import dataclass

from vilomem_core.protocols import AttentionModel, ChatModel, ImageEmbedder, TextEmbedder


@dataclass(frozen=True, slots=True)
class Cast:
    """One model a role; the same object may play several. Without a judge, undecided answers stay undetermined."""

    solver: ChatModel
    analyst: ChatModel
    visual_critic: ChatModel
    logic_critic: ChatModel
    judge: ChatModel | None = None

    async def aclose(self) -> None:
        for model in {id(model): model for model in self._members()}.values():
            await model.aclose()

    def _members(self) -> list[ChatModel]:
        members = [self.solver, self.analyst, self.visual_critic, self.logic_critic]
        return members if self.judge is None else [*members, self.judge]


@dataclass(frozen=True, slots=True)
class Senses:
    """Embedders, and the attention model when heatmaps are asked for.

    ``threads``: in how many they are used at once; more than one helps only where an embedder waits for a server.
    """

    text: TextEmbedder
    image: ImageEmbedder
    attention: AttentionModel | None = None
    threads: int = 1
