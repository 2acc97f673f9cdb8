// The runs of a session as a row of cards: one click shows a run again, another pins it.

const strips = new WeakMap()
const PIN = '<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M5.5 1.5h5M6.5 1.5v5L4 9.5h8l-2.5-3v-5M8 9.5v5"/></svg>'

export default function ({ parentElement, data, setStateValue }) {
  const root = parentElement.querySelector(".strip")
  if (!strips.has(root)) {
    strips.set(root, { run: newRun(), count: 0, drawn: "", current: null })
  }
  const strip = strips.get(root)
  const ask = (what, number) => {
    strip.count += 1
    whileHere(setStateValue)("asked", { run: strip.run, count: strip.count, what, number })
  }
  draw(root, strip, data)
  for (const button of root.querySelectorAll("button")) {
    button.onclick = () => ask(button.className, Number(button.dataset.number))
  }
}

// What has not changed stays as it is: the focus stays where it was, and so does the place scrolled to.
function draw(root, strip, data) {
  const text = JSON.stringify(data.runs)
  if (strip.drawn === text) return
  strip.drawn = text
  const focused = root.getRootNode().activeElement
  const at = focused?.dataset.number && `button.${focused.className}[data-number="${focused.dataset.number}"]`
  root.replaceChildren(...data.runs.map(card))
  if (at) root.querySelector(at)?.focus({ preventScroll: true })
  const current = root.querySelector(".current")
  if (data.current !== strip.current) reveal(root, current)
  strip.current = data.current
}

function card(run) {
  const root = document.createElement("div")
  root.className = `run${run.current ? " current" : ""}`
  const show = button("show", run, run.title, run.gone)
  if (run.current) show.setAttribute("aria-current", "true")
  const image = document.createElement("img")
  image.src = run.picture
  image.alt = ""
  const words = document.createElement("span")
  words.className = "words"
  words.append(...run.lines.map(line))
  show.append(image, words)
  const pin = button("pin", run, run.pinned ? "Remove this run from beside the current one" : "Keep this run beside the current one")
  pin.setAttribute("aria-pressed", run.pinned)
  pin.innerHTML = PIN
  root.append(show, pin)
  return root
}

function button(kind, run, name, disabled = false) {
  const made = document.createElement("button")
  made.type = "button"
  made.className = kind
  made.dataset.number = run.number
  made.title = name
  made.setAttribute("aria-label", kind === "show" ? run.lines.join(", ") : `${name}: ${run.lines.join(", ")}`)
  made.disabled = disabled
  return made
}

function line(text, position) {
  const made = document.createElement("span")
  made.textContent = text
  if (position === 0) made.className = "strong"
  return made
}

function reveal(root, card) {
  if (!card) return
  const left = card.offsetLeft - root.offsetLeft
  if (left < root.scrollLeft || left + card.offsetWidth > root.scrollLeft + root.clientWidth) root.scrollLeft = left
}
