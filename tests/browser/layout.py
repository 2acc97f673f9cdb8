"""Text on a page as it stands that is cut off, too small, on another text, or parted from its sign."""

SIZES = ((1024, 768), (1280, 800), (1920, 1080))
"""Widths and heights of screens, in CSS pixels: a projector, a laptop, a large screen."""

SMALLEST = {"": 10, "lecture": 13}
"""The smallest text, in CSS pixels, at a desk and in lecture mode."""

LOOKS = 10
"""How often a page is looked at until nothing is wrong, 0.3 s apart."""

_FIND = """
smallest => {
    const SLACK = 2, faults = [];
    const visible = element => element.checkVisibility({opacityProperty: true, visibilityProperty: true})
        && !element.closest('[aria-hidden=true], .visually-hidden, [data-layout=free], [inert]');
    const short = text => text.trim().replace(/\\s+/g, ' ').slice(0, 40);
    const scrolls = style => /auto|scroll/.test(style.overflowX + style.overflowY);
    const cut = (inner, outer) => inner.left < outer.left - SLACK || inner.right > outer.right + SLACK
        || inner.top < outer.top - SLACK || inner.bottom > outer.bottom + SLACK;
    const texts = [];
    const walker = document.createTreeWalker(document.querySelector('.stApp'), NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        if (!walker.currentNode.data.trim()) continue;
        if (element.closest('style, script, title, desc, option, sub, sup, legend, .katex')) continue;
        if (!visible(element)) continue;
        const range = document.createRange();
        range.selectNodeContents(walker.currentNode);
        for (const box of range.getClientRects()) {
            if (box.width < 2 || box.height < 2 || box.right <= 0) continue;
            texts.push({element, box, node: walker.currentNode, text: short(walker.currentNode.data)});
        }
    }
    const INDEX = 'tspan[font-size], tspan[style*=font-size]';  // of a symbol in a drawing
    const code = element => element.closest('.stCode, code, [data-testid=stJson]');
    for (const {element, node, text} of texts) {
        if (code(element)) continue;
        if (/\\d%/.test(node.data)) faults.push(`no space before %: "${text}"`);
        const size = parseFloat(getComputedStyle(element).fontSize);
        if (size < smallest && !element.matches(INDEX)) faults.push(`too small, ${size} px: "${text}"`);
        if (!element.closest('h1, h2, h3, h4')) continue;
        for (const {index} of node.data.matchAll(/\\d %/g)) {
            const top = place => {
                const letter = document.createRange();
                letter.setStart(node, place);
                letter.setEnd(node, place + 1);
                return letter.getBoundingClientRect().top;
            };
            if (top(index + 2) > top(index) + SLACK) faults.push(`parted from its sign: "${text}"`);
        }
    }
    for (const {element, box, text} of texts) {
        for (let at = element; at && at !== document.body; at = at.parentElement) {
            const style = getComputedStyle(at);
            if (scrolls(style)) break;
            const hides = style.overflowX !== 'visible' || style.overflowY !== 'visible';
            if (hides && style.display !== 'inline' && cut(box, at.getBoundingClientRect())) {
                const holder = at.getBoundingClientRect();
                if (holder.width > 2 && holder.height > 2) faults.push(`cut off: "${text}"`);
                break;
            }
            if (style.position === 'fixed') break;
        }
        if (box.right > innerWidth + SLACK || box.left < -SLACK) {
            let inside = false;
            for (let at = element; at; at = at.parentElement) inside ||= scrolls(getComputedStyle(at));
            if (!inside) faults.push(`beyond the window: "${text}"`);
        }
    }
    const main = document.querySelector('[data-testid=stMain]');
    if (main && main.scrollWidth > main.clientWidth + SLACK) faults.push('the page scrolls sideways');
    const layer = element => {
        for (let at = element; at; at = at.parentElement) {
            if (/fixed|sticky/.test(getComputedStyle(at).position)) return at;
        }
        return null;
    };
    for (const one of texts) one.layer = layer(one.element);
    texts.sort((one, other) => one.box.top - other.box.top);
    for (let i = 0; i < texts.length; i++) {
        for (let j = i + 1; j < texts.length && texts[j].box.top < texts[i].box.bottom - SLACK; j++) {
            const [one, other] = [texts[i], texts[j]];
            if (one.element === other.element || one.layer !== other.layer) continue;
            const wide = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
            const high = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top);
            if (wide > SLACK && high > Math.min(one.box.height, other.box.height) / 3) {
                faults.push(`on one another: "${one.text}" and "${other.text}"`);
            }
        }
    }
    return [...new Set(faults)];
}
"""


def layout_faults(page, mode=""):
    """Return what is wrong with the texts of a page, in a mode of :data:`SMALLEST`.

    They are cut off, beyond the window, on one another, too small, or numbers without a space before the
    percent sign, or, in a heading, parted from it.

    What scrolls may be cut off where it scrolls, what has ``data-layout=free`` may lie anywhere, and what is
    fixed or sticky may lie over what is not. What is wrong only while charts follow the window is no fault.
    """
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    found = []
    for _ in range(LOOKS):
        page.wait_for_timeout(300)
        found = page.evaluate(_FIND, SMALLEST[mode])
        if not found:
            break
    return found
