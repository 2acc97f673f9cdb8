// The picture of all images of two pixels: drawn by the server, clicked here.

const canvases = new WeakMap()

export default function ({ parentElement, data, setStateValue }) {
  const root = parentElement.querySelector(".world")
  if (!canvases.has(root)) {
    canvases.set(root, { run: newRun(), count: 0, svg: "" })
  }
  const canvas = canvases.get(root)
  if (canvas.svg !== data.svg) root.innerHTML = canvas.svg = data.svg
  const stopPointing = followPointing(root)
  bindSaving(parentElement.querySelectorAll("button"), () => root, "sparsefool-two-pixels")
  root.onclick = event => {
    const square = root.querySelector(".square").getBoundingClientRect()
    const a = (255 * (event.clientX - square.left)) / square.width
    const b = (255 * (square.bottom - event.clientY)) / square.height
    const [first, second] = [a, b].map(value => Math.min(Math.max(Math.round(value), 0), 255))
    canvas.count += 1
    whileHere(setStateValue)("placed", { run: canvas.run, count: canvas.count, first, second })
  }
  return stopPointing
}

// Lights up what the text points at, by mouse or focus; returns what ends it.
function followPointing(root) {
  const point = event => light(root, event.target.closest?.("[data-points]")?.dataset.points)
  const stop = () => light(root, undefined)
  const listeners = { pointerover: point, focusin: point, focusout: stop }
  for (const [name, listener] of Object.entries(listeners)) document.addEventListener(name, listener)
  return () => {
    for (const [name, listener] of Object.entries(listeners)) document.removeEventListener(name, listener)
  }
}

function light(root, names) {
  const wanted = names ? names.split(" ") : []
  let found = false
  for (const part of root.querySelectorAll("[data-mark]")) {
    const lit = part.dataset.mark.split(" ").some(name => wanted.includes(name))
    part.classList.toggle("lit", lit)
    found ||= lit
  }
  root.querySelector("svg")?.classList.toggle("pointing", found)
}
