// Offers a tour once in the life of a browser's profile. A ring shows what the card speaks of, and follows it.

const OFFERED = "sparsefool-tour"
const FOLLOW_MS = 150
const APART = 12

export default function ({ parentElement, data }) {
  return lasting(parentElement.querySelector(".tour"), Tour, tour => tour.show(data.stops))
}

class Tour {
  constructor(root) {
    const find = name => root.querySelector(`.${name}`)
    this.parts = Object.fromEntries(["card", "text", "skip", "place", "next", "ring"].map(name => [name, find(name)]))
    this.at = -1
    this.onKey = event => this.key(event)
    this.isFirst = firstVisit()
  }

  show(stops) {
    const isNew = !this.stops
    this.stops = stops
    if (isNew && this.isFirst) this.offer()
  }

  remove() {
    this.end()
  }

  offer() {
    const { card, text, skip, next } = this.parts
    text.textContent = "New here? A tour of four steps shows what can be done on this page."
    skip.onclick = () => this.end()
    next.onclick = () => this.go()
    document.addEventListener("keydown", this.onKey)
    card.showPopover()
    this.follow()
    this.timer = setInterval(() => this.follow(), FOLLOW_MS)
  }

  go() {
    this.at += 1
    if (this.at >= this.stops.length) return this.end()
    const { text, skip, place, next, ring } = this.parts
    text.textContent = this.stops[this.at].text
    place.textContent = `${this.at + 1} of ${this.stops.length}`
    skip.textContent = "Skip"
    next.textContent = this.at + 1 < this.stops.length ? "Next" : "Done"
    ring.showPopover()
    this.target()?.scrollIntoView({ block: "center" })
    this.follow()
    next.focus({ preventScroll: true })
  }

  target() {
    const selectors = this.stops[this.at]?.at ?? []
    return selectors.flatMap(selector => findAll(document, selector)).find(element => element.getClientRects().length)
  }

  follow() {
    const { card, ring } = this.parts
    const box = this.target()?.getBoundingClientRect()
    ring.style.visibility = box ? "visible" : "hidden"
    const { innerWidth: width, innerHeight: height } = window
    let left = width - card.offsetWidth - APART
    let top = height - card.offsetHeight - APART
    if (box) {
      const around = { left: box.left - 6, top: box.top - 6, width: box.width + 12, height: box.height + 12 }
      for (const [side, size] of Object.entries(around)) ring.style[side] = `${size}px`
      const below = box.bottom + APART
      const above = box.top - card.offsetHeight - APART
      left = Math.min(Math.max(box.left, APART), left)
      top = below <= top ? below : Math.min(Math.max(above, APART), top)
    }
    card.style.left = `${left}px`
    card.style.top = `${top}px`
  }

  key(event) {
    if (event.key === "Escape" && !event.defaultPrevented) this.end()
  }

  end() {
    clearInterval(this.timer)
    document.removeEventListener("keydown", this.onKey)
    for (const part of [this.parts.card, this.parts.ring]) if (part.matches(":popover-open")) part.hidePopover()
  }
}

// Where a browser keeps nothing for this site, a tour would return at each visit: none is offered.
function firstVisit() {
  try {
    if (localStorage.getItem(OFFERED)) return false
    localStorage.setItem(OFFERED, "true")
    return true
  } catch {
    return false
  }
}

function findAll(root, selector) {
  const inside = [...root.querySelectorAll("*")].filter(element => element.shadowRoot)
  return [...root.querySelectorAll(selector), ...inside.flatMap(element => findAll(element.shadowRoot, selector))]
}
