// What lies over the pictures of a page: marks of the changed pixels, a crop to them, and a magnifier. The
// pictures themselves are never touched. There is one `Pictures` for a page, whatever has been drawn how often.

const SMALL = 6 // screen pixels for a pixel of a picture, below which changes are marked without being asked
const MOST_MARKED = 0.25 // the share of changed pixels from which on marks would hide the picture and tell nothing
const NEWS = "sparsefool-pictures" // the event that tells the switches of all figures to look again
const GUIDE = "Magnifier: arrow keys move it, Enter goes to the next changed pixel, Escape puts it away"
const RECORD = 10 // bytes for a changed pixel: its place, three values before, three after
const MARGIN = 3 // pixels of a picture around the changed ones, at least, when it is cropped to them

function pictures() {
  window.sparsefoolPictures ??= new Pictures()
  return window.sparsefoolPictures
}

class Pictures {
  constructor() {
    this.shown = new Map()
    this.boxes = new Map()
    this.marks = this.zoom = null
    this.magnifier = new Magnifier(this)
    this.resized = new ResizeObserver(() => this.draw())
    const watched = { childList: true, subtree: true, attributes: true, attributeFilter: ["data-size", "data-change"] }
    new MutationObserver(records => records.some(touchesPicture) && this.find()).observe(document.body, watched)
    this.listenToAddress()
    this.readAddress()
    this.find()
  }

  find() {
    const found = new Set(document.querySelectorAll(".picture[data-size]"))
    this.boxes.clear()
    for (const [element] of this.shown) if (!found.has(element)) this.forget(element)
    for (const element of found) {
      if (this.shown.get(element)?.matches(element)) continue
      this.shown.set(element, new ShownPicture(element, this))
      this.resized.observe(element)
    }
    this.makeReachable()
    this.draw()
  }

  // One picture of each image is in the tab order: the arrow keys move the magnifier in all of them.
  makeReachable() {
    const reached = new Set()
    for (const [element, { of }] of [...this.shown].sort(([a], [b]) => (a.compareDocumentPosition(b) & 4 ? -1 : 1))) {
      element.tabIndex = reached.has(of) ? -1 : 0
      reached.add(of)
      element.setAttribute("role", "group")
      element.setAttribute("aria-label", GUIDE)
    }
  }

  forget(element) {
    this.shown.delete(element)
    this.resized.unobserve(element)
  }

  draw() {
    for (const picture of this.shown.values()) picture.draw()
    this.magnifier.draw()
    document.dispatchEvent(new Event(NEWS))
  }

  // Streamlit replaces the address as the server last knew it: then the switches are noted there anew. A new
  // entry of the history leads itself: a link, a prepared view, the browser's Back.
  listenToAddress() {
    const changed = event => (event.navigationType === "replace" ? this.noteInAddress() : this.readAddress())
    if (window.navigation) navigation.addEventListener("currententrychange", changed)
    else addEventListener("popstate", changed)
  }

  readAddress() {
    const { searchParams } = new URL(location.href)
    const read = name => ({ on: true, off: false })[searchParams.get(name)]
    const [marks, zoom] = [read("marks") ?? this.marks, read("zoom") ?? this.zoom]
    if (marks !== this.marks || zoom !== this.zoom) {
      Object.assign(this, { marks, zoom })
      this.draw()
    }
    this.noteInAddress()
  }

  noteInAddress() {
    const address = new URL(location.href)
    for (const name of ["marks", "zoom"])
      if (this[name] !== null) address.searchParams.set(name, this[name] ? "on" : "off")
    // A downloaded report has no address to keep: the browser forbids it.
    if (address.href !== location.href && location.protocol !== "file:") history.replaceState(history.state, "", address)
  }

  choose(name, on) {
    this[name] = on
    this.noteInAddress()
    this.draw()
  }

  within(part) {
    return [...this.shown.values()].filter(picture => part?.contains(picture.element))
  }

  ofSameImage(picture) {
    return [...this.shown.values()].filter(other => other.of === picture.of)
  }

  // The box of all changes to an image, in whichever of its pictures, so that all are cropped alike.
  boxOf({ of }) {
    if (!this.boxes.has(of)) this.boxes.set(of, boxAround(this.ofSameImage({ of }).flatMap(each => each.changes)))
    return this.boxes.get(of)
  }
}

function boxAround(places) {
  if (!places.length) return null
  const box = { top: Infinity, bottom: 0, left: Infinity, right: 0 }
  for (const { row, column } of places) {
    box.top = Math.min(box.top, row)
    box.bottom = Math.max(box.bottom, row + 1)
    box.left = Math.min(box.left, column)
    box.right = Math.max(box.right, column + 1)
  }
  return box
}

function touchesPicture(record) {
  if (record.type === "attributes") return true
  const isPart = node => node.nodeType === 1 && (node.matches(".picture") || node.querySelector(".picture"))
  return [...record.addedNodes, ...record.removedNodes].some(isPart)
}

class ShownPicture {
  constructor(element, all) {
    this.element = element
    this.all = all
    this.change = element.dataset.change
    this.size = element.dataset.size
    ;[this.width, this.height] = this.size.split(" ").map(Number)
    this.of = element.dataset.of
    this.isGrey = "grey" in element.dataset
    this.isDrawn = "drawn" in element.dataset // its changed pixels have a colour of their own
    this.changes = changesIn(this.change ?? "", this.width)
    this.drawn = ""
  }

  matches({ dataset }) {
    return dataset.change === this.change && dataset.size === this.size && dataset.of === this.of
  }

  get images() {
    return [...this.element.querySelectorAll(".window img")]
  }

  get scale() {
    return this.element.clientWidth / this.width
  }

  get isMarked() {
    if (!this.changes.length) return false
    const few = this.changes.length <= MOST_MARKED * this.width * this.height
    return this.all.marks ?? (few && this.scale < (this.isDrawn ? SMALL / 2 : SMALL))
  }

  // Where the crop begins, in pixels of the picture, and its scale: a whole number; null if there is nothing to gain.
  get crop() {
    const box = this.all.boxOf(this)
    if (!box || !this.scale) return null
    const around = Math.max(MARGIN, 0.15 * Math.max(box.right - box.left, box.bottom - box.top))
    const [across, down] = [box.right - box.left + 2 * around, box.bottom - box.top + 2 * around]
    const scale = Math.min(Math.floor(this.scale * Math.min(this.width / across, this.height / down)), 48)
    if (scale <= this.scale) return null
    const start = (low, high, length) => {
      const seen = (length * this.scale) / scale
      return Math.min(Math.max((low + high - seen) / 2, 0), length - seen)
    }
    return { x: start(box.left, box.right, this.width), y: start(box.top, box.bottom, this.height), scale }
  }

  get view() {
    return (this.all.zoom && this.crop) || { x: 0, y: 0, scale: this.scale }
  }

  draw() {
    const { x, y, scale } = this.view
    const state = [this.element.clientWidth, this.isMarked, x, y, scale].join()
    if (state === this.drawn || !this.scale) return
    this.drawn = state
    const isCropped = scale !== this.scale
    const transform = isCropped ? `translate(${-x * scale}px, ${-y * scale}px) scale(${scale / this.scale})` : ""
    for (const image of this.images) Object.assign(image.style, { transform, transformOrigin: "0 0" })
    this.element.querySelector(":scope > .marks")?.remove()
    if (this.isMarked) this.element.append(marksOf(this))
  }
}

function changesIn(text, width) {
  const bytes = Uint8Array.from(atob(text), letter => letter.charCodeAt(0))
  const view = new DataView(bytes.buffer)
  return Array.from({ length: bytes.length / RECORD }, (_, i) => {
    const place = view.getUint32(i * RECORD, true)
    const values = from => [...bytes.subarray(i * RECORD + from, i * RECORD + from + 3)]
    return { row: Math.floor(place / width), column: place % width, before: values(4), after: values(7) }
  })
}
