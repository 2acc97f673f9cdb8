// The picture of all images of two pixels: drawn by the server, clicked here.

const canvases = new WeakMap()

export default function ({ parentElement, data, setStateValue }) {
  const root = parentElement.querySelector(".world")
  if (!canvases.has(root)) {
    canvases.set(root, { run: crypto.getRandomValues(new Uint32Array(2)).join("-"), count: 0, svg: "" })
  }
  const canvas = canvases.get(root)
  if (canvas.svg !== data.svg) root.innerHTML = canvas.svg = data.svg
  bindSaving(parentElement.querySelectorAll("button"), () => root, "sparsefool-two-pixels")
  root.onclick = event => {
    const square = root.querySelector(".square").getBoundingClientRect()
    const a = (255 * (event.clientX - square.left)) / square.width
    const b = (255 * (square.bottom - event.clientY)) / square.height
    const [first, second] = [a, b].map(value => Math.min(Math.max(Math.round(value), 0), 255))
    canvas.count += 1
    setStateValue("placed", { run: canvas.run, count: canvas.count, first, second })
  }
}
