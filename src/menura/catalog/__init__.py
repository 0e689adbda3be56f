"""The catalog: one card per model or built-in engine, and the choice among them."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from menura.catalog.card import Card, Licences, SourceType
from menura.catalog.entries import builtin_cards, model_card, model_cards, model_names
from menura.catalog.model import Model
from menura.errors import InvalidInput, NotFound, NotInstalled, Refused, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from menura.tasks import Task

__all__ = [
    "Card",
    "Catalog",
    "Licences",
    "Model",
    "SourceType",
    "builtin_cards",
    "model_card",
    "model_cards",
    "not_installed",
]


def not_installed(card: Card) -> NotInstalled:
    """Returns the error of a model that is not installed: how to add it, its size, its licence."""
    if card.model is not None and card.model.variants:
        return NotInstalled(
            f"{card.name} stands for many models: add one, as `menura models add "
            f"{card.model.example}` ({card.terms})"
        )
    return NotInstalled(
        f"{card.name} is not installed: `menura models add {card.name}` ({card.terms})"
    )


class Catalog:
    """The cards of an install, and of the models that could be added to it.

    Args:
        cards: the cards of what is installed.
        commercial_only: refuse cards whose licences exclude commercial use.
    """

    def __init__(self, cards: Iterable[Card], *, commercial_only: bool = False) -> None:
        self._cards: dict[str, Card] = {}
        self._commercial_only = commercial_only
        for card in cards:
            if card.name in self._cards:
                raise InvalidInput(f"two catalog cards are called {card.name!r}")
            self._cards[card.name] = card

    def __iter__(self) -> Iterator[Card]:
        return iter(self._cards.values())

    def card(self, name: str) -> Card:
        """Returns the card called `name`, of what is installed or could be.

        Raises:
            NotFound: if there is none.
            InvalidInput: if it is no name.
        """
        if not isinstance(name, str):
            raise InvalidInput(f"an engine or a model goes by a name, not {shown(name)}")
        card = self._cards.get(name) or self._cards.get(name.lower()) or model_card(name)
        if card is not None:
            return card
        near = difflib.get_close_matches(name, [*self._cards, *model_names()], 1, 0.5)
        hint = f"did you mean {near[0]}?" if near else "see `menura models list`"
        raise NotFound(f"no engine or model is called {name!r:.80}; {hint}")

    def find(self, task: Task) -> Card:
        """Returns the card that will perform `task`: the one it names, or the default.

        Raises:
            NotFound: if it names an unknown card, or nothing performs its kind.
            NotInstalled: if it names a model that has to be added first.
            InvalidInput: if the card it names, or every card, cannot do what it asks.
            Refused: if only commercially usable cards are allowed and none is.
        """
        if task.engine is not None:
            card = self.card(task.engine)
            self._check_able(card, task)
            self._check_licence(card)
            if card.name not in self._cards:
                raise not_installed(card)
            return card
        return self.able(task)[0]

    def makers(self, task: Task) -> list[Card]:
        """Returns the cards that perform a task's kind, whatever it asks, the default first.

        Raises:
            NotFound: if there is none.
        """
        makers = [card for card in self if task.kind in card.tasks]
        if not makers:
            raise NotFound(f"nothing installed makes {task.kind}{_addable(task)}")
        return sorted(makers, key=lambda card: -card.preference)

    def able(self, task: Task) -> list[Card]:
        """Returns the cards that can perform a task that names none, the default first.

        Raises:
            NotFound, InvalidInput, Refused: as `find`, if there is none.
        """
        makers = self.makers(task)
        able = [card for card in makers if task.controls() <= set(card.controls)]
        if not able:
            if hint := _addable(task):
                wanted = ", ".join(sorted(task.controls()))
                raise NotInstalled(f"nothing installed makes {task.kind} with {wanted}{hint}")
            self._check_able(makers[0], task)
        allowed = [c for c in able if c.licences.commercial or not self._commercial_only]
        if not allowed:
            self._check_licence(able[0])
        return allowed

    def _check_able(self, card: Card, task: Task) -> None:
        if task.kind not in card.tasks:
            raise InvalidInput(
                f"{card.name} makes {', '.join(card.tasks) or 'nothing itself'}, not {task.kind}; "
                "leave the "
                "engine out to let menura choose"
            )
        if missing := task.controls() - set(card.controls):
            raise InvalidInput(
                f"{card.name} has no control of {', '.join(sorted(missing))}; leave the engine "
                "out to let menura choose"
            )

    def _check_licence(self, card: Card) -> None:
        if self._commercial_only and not card.licences.commercial:
            raise Refused(
                f"{card.name} is not licensed for commercial use "
                f"(weights: {card.licences.weights}), and commercial_only is set"
            )


def _addable(task: Task) -> str:
    """Returns which model would perform a task, and how it is added; "" if none would."""
    cards = (card for card in model_cards() if card.model is not None)
    for card in sorted(cards, key=lambda c: (not c.licences.commercial, _size_mb(c))):
        able = task.kind in card.tasks and task.controls() <= set(card.controls)
        if able and card.model is not None and not card.model.convert:
            return f": `menura models add {card.model.example or card.name}` ({card.terms})"
    return ""


def _size_mb(card: Card) -> int:
    return 0 if card.model is None else card.model.size_mb
