"""A method that answers one sample at a time, asked of a batch."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, replace

from viewer.methods.method import Attribution, Method, Question


@dataclass(frozen=True)
class OneByOne(Method):
    """Base of the methods whose samples have nothing to do with each other."""

    def explain(self, question: Question) -> Attribution:
        """The maps of all samples, one after the other; the residual is the largest, relatively."""
        import torch

        count = len(question.x)
        answers = []
        for number in range(count):
            part = question.progress.subtask(number / count, (number + 1) / count)
            answers.append(self.one(replace(question, x=question.x[number : number + 1], progress=part)))
        question.progress.step(1, 1, self.title)
        residuals = [answer.residual for answer in answers if answer.residual is not None]
        worst = max(residuals, key=lambda residual: residual.relative, default=None)
        notes = tuple(dict.fromkeys(note for answer in answers for note in answer.notes))
        return Attribution(torch.cat([answer.values for answer in answers]), worst, notes)

    @abstractmethod
    def one(self, question: Question) -> Attribution:
        """The map of one sample (1, C, spatial...)."""
