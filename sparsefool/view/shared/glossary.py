"""The glossary: each word of the field in one sentence, and where the paper has it.

Every tooltip that explains a word takes its text from here, so that a word means the same on all pages.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st


@dataclass(frozen=True)
class Term:
    """A word: its name, one sentence, and the section of the paper; empty if the paper does without it."""

    name: str
    sentence: str
    section: str = ""

    @property
    def help(self) -> str:
        """The text of a tooltip."""
        return f"{self.sentence} (Paper, {self.section})" if self.section else self.sentence


GLOSSARY = {
    "adversarial": Term(
        "Adversarial example",
        "A picture changed on purpose, here in a few pixels, so that the network sees another class.",
        "Section 1",
    ),
    "perturbation": Term(
        "Perturbation",
        "The change itself: the adversarial picture minus the original.",
        "Section 1",
    ),
    "fooled": Term(
        "Fooled",
        "A network is fooled when it sees another class in the changed picture than in the original.",
        "Section 4.1",
    ),
    "fooling_rate": Term(
        "Fooling rate",
        "The share of pictures for which the attack found a change that fools the network.",
        "Section 4.1",
    ),
    "pixel": Term(
        "Pixel",
        "One point of the picture, counted once whichever of its colours change.",
        "Section 4.1",
    ),
    "value": Term(
        "Value (feature)",
        "One colour of one pixel: red, green or blue, so that a colour picture has three for each pixel.",
        "Section 2.3",
    ),
    "level": Term("Level", "The brightness of a value, from 0 to 255."),
    "sparse": Term(
        "Sparse",
        "A change is sparse if it touches few pixels, however strongly.",
        "Section 2.1",
    ),
    "lambda": Term(
        "λ (lambda)",
        "How far beyond the boundary each step aims: more fools the network in fewer steps and more often, "
        "but changes more pixels.",
        "Section 3.3",
    ),
    "delta": Term(
        "δ (delta)",
        "The most by which a value may change, in levels of 0 to 255: less is harder to see, but needs more "
        "pixels.",
        "Section 4.2",
    ),
    "label": Term("Label", "The class that the network sees in a picture.", "Section 2.1"),
    "target": Term(
        "Target",
        "The class that the network should see instead; without a target, any other class will do.",
        "Section 3.3",
    ),
    "candidates": Term(
        "Candidate classes",
        "The network's strongest classes, the label included, among which an attack looks for the nearest "
        "boundary.",
    ),
    "boundary": Term(
        "Decision boundary",
        "All pictures between two classes; to fool the network is to cross it.",
        "Section 2.3",
    ),
    "boundary_point": Term(
        "Boundary point",
        "The place where DeepFool meets the decision boundary, and where the attack takes the boundary as "
        "flat.",
        "Section 3.2",
    ),
    "linearisation": Term(
        "First linearisation",
        "The boundary as a flat plane, found from the original picture: it depends on neither λ nor δ, so "
        "that moving them reuses it.",
        "Section 3.2",
    ),
    "iteration": Term(
        "Iteration",
        "One round of the attack: find the boundary, take it as flat, and change the pixels that count most.",
        "Section 3.3",
    ),
    "deepfool": Term(
        "DeepFool",
        "An attack that looks for the shortest way to the boundary, which SparseFool uses in each iteration.",
        "Section 2.1",
    ),
    "norm": Term(
        "ℓ0, ℓ1, ℓ2, ℓ∞",
        "Sizes of a change: how many values change, the sum of the changes, their length, the largest one.",
        "Section 2.1",
    ),
    "margin": Term(
        "Margin (logits)",
        "How far the label is ahead of the next class in the network's scores; below zero, the network is "
        "fooled.",
    ),
    "confidence": Term("Confidence", "The probability that the network gives to a class."),
    "pass": Term(
        "Pass (forward, backward)",
        "One run through the network: forward for what it sees, backward for how each value matters.",
    ),
    "gradient_growth": Term(
        "Gradient growth",
        "How much longer than expected a gradient may be: one that could only then matter is not computed.",
    ),
    "8_bit": Term(
        "8-bit picture",
        "The result rounded to whole levels, as a file holds it, and shown to the network once more.",
    ),
    "float32": Term(
        "Unrounded result (float32)",
        "The result before it is rounded to whole levels, which no picture file can hold.",
    ),
    "ssim": Term(
        "SSIM",
        "How alike two pictures look, from 0 to 1, by their brightness, contrast and structure.",
    ),
    "psnr": Term(
        "PSNR",
        "How small the change is beside the full range, in decibels: more is harder to see.",
    ),
    "perceptibility": Term(
        "Perceptibility",
        "Whether a person can see the change.",
        "Section 4.2",
    ),
    "pareto": Term(
        "Pareto front",
        "The attacks that no other beats in both respects, such as pixels and time.",
    ),
    "interval": Term(
        "95 % interval",
        "The range that holds the true figure in 95 of 100 such samples of pictures.",
    ),
    "median": Term(
        "Median",
        "The middle one when all are put in order: half are smaller, half larger.",
        "Section 4.1",
    ),
    "transfer": Term(
        "Transfer",
        "Whether a picture made to fool one network also fools another.",
        "Section 4.2",
    ),
    "activation_map": Term(
        "Class-activation map",
        "The parts of a picture that speak for a class, as the network sees it (Grad-CAM).",
    ),
    "adversarial_training": Term(
        "Adversarial training",
        "Training a network on adversarial examples, so that it is harder to fool.",
        "Section 4.2",
    ),
}
"""The words, by the key that pages use."""


def explain(*keys: str) -> str:
    """Return the tooltip for one or more words, by their keys."""
    return " ".join(GLOSSARY[key].help for key in keys)


def entries(*keys: str) -> str:
    """Return words with their sentences, as Markdown to be read on the page."""
    return " ".join(f"**{GLOSSARY[key].name}**: {GLOSSARY[key].help}" for key in keys)


def explain_columns(words: Mapping[str, str]) -> dict[str, Any]:
    """Return the configuration of a table whose columns explain themselves: the key of each one's word."""
    return {column: st.column_config.Column(help=explain(key)) for column, key in words.items()}
