// The magnifier: it follows the pointer, a finger or the arrow keys over one picture, and shows the same place in
// all pictures of the same image, enlarged, with the values of the pixel in its middle.

const SIDE = 16 // pixels of a picture that the magnifier shows, across and down
const ROOMY = 190 // screen pixels across a picture, from which the magnifier lies inside it
const ARROWS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }
const STRIDE = 8 // pixels that an arrow key moves together with Shift

class Magnifier {
  constructor(all) {
    this.all = all
    this.place = null // { of, width, height, row, column, element, byKey }
    const listen = (name, act) => document.addEventListener(name, act, { passive: true })
    listen("pointermove", event => this.follow(event))
    listen("pointerdown", event => event.pointerType !== "mouse" && this.follow(event))
    listen("scroll", () => this.place && !this.place.byKey && this.put(null))
    document.documentElement.addEventListener("pointerleave", () => this.place?.byKey || this.put(null))
    document.addEventListener("focusin", event => this.focus(event.target))
    document.addEventListener("focusout", event => event.target.matches?.(".picture") && this.put(null))
    document.addEventListener("keydown", event => this.key(event), { capture: true })
    this.speaker = document.createElement("div")
    this.speaker.className = "picture-speaker"
    this.speaker.setAttribute("role", "status")
    document.body.append(this.speaker)
  }

  follow(event) {
    const element = event.target.closest?.(".picture")
    const picture = this.all.shown.get(element)
    if (!picture || (event.pointerType === "mouse" && event.buttons)) {
      if (this.place && !this.place.byKey) this.put(null)
      return
    }
    const box = element.getBoundingClientRect()
    const { x, y, scale } = picture.view
    const at = (position, start, from, length) =>
      Math.min(Math.max(Math.floor((position - start) / scale + from), 0), length - 1)
    const column = at(event.clientX, box.left, x, picture.width)
    const row = at(event.clientY, box.top, y, picture.height)
    this.put({ picture, row, column, pointer: [event.clientX, event.clientY] })
  }

  focus(element) {
    const picture = this.all.shown.get(element)
    if (!picture || !element.matches(":focus-visible")) return
    const { row, column } = this.changesOf(picture)[0] ?? { row: picture.height >> 1, column: picture.width >> 1 }
    this.put({ picture, row, column, byKey: true })
  }

  key(event) {
    const picture = this.all.shown.get(event.target)
    if (!picture || event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key === "Escape" && this.place) this.put(null)
    else if (event.key === "Enter") this.next(picture)
    else if (ARROWS[event.key]) this.move(picture, ARROWS[event.key], event.shiftKey ? STRIDE : 1)
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  move(picture, [down, across], by) {
    const from = this.place ?? { row: picture.height >> 1, column: picture.width >> 1 }
    const row = Math.min(Math.max(from.row + by * down, 0), picture.height - 1)
    const column = Math.min(Math.max(from.column + by * across, 0), picture.width - 1)
    this.put({ picture, row, column, byKey: true })
  }

  next(picture) {
    const changes = this.changesOf(picture)
    if (!changes.length) return
    const order = ({ row, column }) => row * picture.width + column
    const now = this.place ? order(this.place) : -1
    const { row, column } = changes.find(each => order(each) > now) ?? changes[0]
    this.put({ picture, row, column, byKey: true })
  }

  changesOf(picture) {
    return this.all.ofSameImage(picture).find(each => each.changes.length)?.changes ?? []
  }

  put(place) {
    this.place = place && { ...place, of: place.picture.of, element: place.picture.element }
    this.draw()
  }

  draw() {
    for (const old of document.querySelectorAll(".picture > .lens, .picture > .looked")) old.remove()
    if (!this.place) return
    const told = this.all.shown.get(this.place.element)
    for (const picture of this.all.shown.values())
      if (picture.of === this.place.of && picture.scale) this.lay(picture, picture === told)
    if (!this.place.byKey || !told) return
    const { row, column } = this.place
    this.speaker.textContent = [`Row ${row}, column ${column}`, ...valuesOf(told, this.place)].join(", ")
  }

  lay(picture, isTold) {
    const { row, column } = this.place
    const [width, height] = [picture.element.clientWidth, picture.element.clientHeight]
    const isRoomy = Math.min(width, height) >= ROOMY
    const lens = document.createElement("div")
    lens.className = "lens"
    lens.append(enlarged(picture, row, column))
    if (isRoomy || isTold) {
      const side = SIDE * (isRoomy ? Math.min(Math.max(Math.floor((0.4 * width) / SIDE), 6), 11) : 8)
      lens.style.setProperty("--side", `${side}px`)
      const where = [`Row ${row}`, `Column ${column}`]
      const lines = [...(isTold ? where : []), ...valuesOf(picture, this.place)]
      lens.append(...lines.map(line => Object.assign(document.createElement("div"), { textContent: line })))
    } else lens.classList.add("filling")
    picture.element.append(lens)
    if (isRoomy) {
      this.outline(picture)
      const { x, y, scale } = picture.view
      const isLeft = (column + 0.5 - x) * scale < width / 2
      const isHigh = (row + 0.5 - y) * scale < height / 2
      lens.style[isLeft ? "right" : "left"] = "4px"
      lens.style[isHigh ? "bottom" : "top"] = "4px"
    } else if (isTold) this.float(lens, picture)
  }

  outline(picture) {
    const { x, y, scale } = picture.view
    const [width, height] = [picture.element.clientWidth, picture.element.clientHeight]
    const start = (place, from) => (place - SIDE / 2 - from) * scale
    const [left, top] = [start(this.place.column, x), start(this.place.row, y)]
    if (SIDE * scale > 0.6 * width) return
    const looked = document.createElement("i")
    looked.className = "looked"
    const [l, t] = [Math.max(left, 0), Math.max(top, 0)]
    const [r, b] = [Math.min(left + SIDE * scale, width), Math.min(top + SIDE * scale, height)]
    Object.assign(looked.style, { left: `${l}px`, top: `${t}px`, width: `${r - l}px`, height: `${b - t}px` })
    picture.element.append(looked)
  }

  // Beside the pointer, where a picture is too small to hold it.
  float(lens, picture) {
    const box = picture.element.getBoundingClientRect()
    const [x, y] = this.place.pointer ?? [box.right, box.top]
    lens.classList.add("floating")
    const { width, height } = lens.getBoundingClientRect()
    const left = x + 18 + width < innerWidth ? x + 18 : x - 18 - width
    const top = y + 18 + height < innerHeight ? y + 18 : y - 18 - height
    Object.assign(lens.style, { left: `${Math.max(left, 0)}px`, top: `${Math.max(top, 0)}px` })
  }
}

function enlarged(picture, row, column) {
  const canvas = document.createElement("canvas")
  canvas.width = canvas.height = SIDE
  const pen = canvas.getContext("2d", { willReadFrequently: true })
  pen.imageSmoothingEnabled = false
  const image = sourceOf(picture)
  const times = image ? image.naturalWidth / picture.width : 0
  if (times) {
    const [left, top] = [column - SIDE / 2, row - SIDE / 2]
    pen.drawImage(image, left * times, top * times, SIDE * times, SIDE * times, 0, 0, SIDE, SIDE)
  } else image?.addEventListener("load", () => picture.all.magnifier.draw(), { once: true })
  return canvas
}

function sourceOf(picture) {
  return picture.images.findLast(image => image.alt && getComputedStyle(image).visibility !== "hidden")
}

// What a pixel is made of; where it was changed, before and after.
function valuesOf(picture, { row, column }) {
  const change = picture.changes.find(each => each.row === row && each.column === column)
  const names = picture.isGrey ? [""] : ["R ", "G ", "B "]
  if (change)
    return names.map((name, i) => {
      const [before, after] = [change.before[i], change.after[i]]
      return name + (before === after ? after : `${before} → ${after}`)
    })
  if (picture.isDrawn) return ["not changed"]
  const pixel = enlarged(picture, row, column).getContext("2d").getImageData(SIDE / 2, SIDE / 2, 1, 1).data
  return names.map((name, i) => name + pixel[i])
}
