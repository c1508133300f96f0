"""How well a person can read what a page shows: the contrast of texts to what is behind them."""

from dataclasses import dataclass

from playwright.sync_api import Locator

__all__ = ["ShownText", "shown_texts"]

#: Colours as the browser computed them, opacity and half-transparent backgrounds included.
SHOWN_TEXTS = """
root => {
    const canvas = new OffscreenCanvas(1, 1).getContext('2d', {willReadFrequently: true});
    const channels = colour => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
        return {rgb: [red, green, blue], alpha: alpha / 255};
    };
    const over = (front, alpha, back) => front.map((value, place) => value * alpha + back[place] * (1 - alpha));
    const background = element => {
        if (!element) return [255, 255, 255];
        const {rgb, alpha} = channels(getComputedStyle(element).backgroundColor);
        return alpha === 1 ? rgb : over(rgb, alpha, background(element.parentElement));
    };
    const opacity = element => element
        ? Number(getComputedStyle(element).opacity) * opacity(element.parentElement) : 1;
    const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const shown = [];
    while (texts.nextNode()) {
        const element = texts.currentNode.parentElement;
        const text = texts.currentNode.data.trim();
        if (!text || !element.checkVisibility()) continue;
        const back = background(element);
        const {rgb, alpha} = channels(getComputedStyle(element).color);
        shown.push({text, colour: over(rgb, alpha * opacity(element), back), background: back});
    }
    return shown;
}
"""


@dataclass(frozen=True)
class ShownText:
    """A text, its colour and what is behind it: red, green and blue from 0 to 255."""

    text: str
    colour: tuple[float, ...]
    background: tuple[float, ...]

    @property
    def contrast(self) -> float:
        """From 1 (cannot be seen) to 21; the WCAG ask for 4.5, and for 3 where a text says no more than another."""
        lighter, darker = sorted((_luminance(self.colour), _luminance(self.background)), reverse=True)
        return (lighter + 0.05) / (darker + 0.05)


def shown_texts(element: Locator) -> list[ShownText]:
    """Return every visible text of an element."""
    return [
        ShownText(found["text"], tuple(found["colour"]), tuple(found["background"]))
        for found in element.evaluate(SHOWN_TEXTS)
    ]


def _luminance(colour: tuple[float, ...]) -> float:
    """Return the relative luminance of a colour, as the WCAG define it."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (channel / 255 for channel in colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
