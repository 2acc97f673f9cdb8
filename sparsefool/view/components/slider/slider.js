// A slider that sends its value while it is dragged. The next value goes when the page has drawn the last one,
// so every value that is sent has a chance to be seen; the value on release goes at once.

const INTERVAL_MS = 160
const PATIENCE_MS = 1600
const POLL_MS = 30
const LOST_MS = 4000
const POSITIONS = 1000
const TICKS = [0, 1, 5, 10, 25, 50, 100, 255]
// Room for a number below the track.
const TICK_EM = 2

export default function ({ parentElement, data, setStateValue }) {
  const root = parentElement.querySelector(".slider")
  return lasting(root, Slider, slider => slider.update(data, moved => whileHere(setStateValue)("moved", moved)))
}

class Slider {
  constructor(root) {
    const find = name => root.querySelector(`.${name}`)
    this.root = root
    this.label = find("label")
    this.help = find("help")
    this.number = find("number")
    this.track = find("track")
    this.ticks = find("ticks")
    this.tip = find("tip")
    this.run = newRun()
    this.count = 0
    this.told = 0
    this.toldAt = -Infinity
    this.track.oninput = () => this.drag()
    this.track.onchange = () => this.tell(true)
    this.track.onkeydown = event => this.key(event)
    this.track.onkeyup = () => this.release()
    this.number.onkeydown = event => this.typed(event)
    this.number.onblur = () => this.commit()
    this.sizes = new ResizeObserver(() => this.drawTicks())
    this.help.onpointerenter = this.help.onfocus = () => this.explain()
    this.help.onpointerleave = this.help.onblur = () => this.tip.hidePopover()
  }

  get waiting() {
    const [run, heard] = this.data.heard
    return this.count > 0 && !(run === this.run && heard >= this.count)
  }

  update(data, send) {
    this.data = data
    this.send = send
    if (!this.waiting) this.value = data.value
    const { label, help, disabled } = data
    this.label.textContent = label
    this.tip.textContent = help
    this.help.hidden = !help
    this.help.setAttribute("aria-label", `Help on ${label}`)
    this.number.setAttribute("aria-label", `${label}, as a number`)
    this.track.disabled = this.number.disabled = disabled
    this.root.classList.toggle("disabled", disabled)
    if (data.scale === "linear") this.range(data.low, data.high, data.step)
    else this.range(0, POSITIONS, "any")
    this.sizes.observe(this.ticks)
    this.drawTicks()
    this.draw()
  }

  range(min, max, step) {
    Object.assign(this.track, { min, max, step })
  }

  // The way along the track, 0 to 1, of a value, and back.
  part(value) {
    const { low, high, scale } = this.data
    if (scale === "linear") return (value - low) / (high - low)
    return (Math.log1p(value) - Math.log1p(low)) / (Math.log1p(high) - Math.log1p(low))
  }

  at(part) {
    const { low, high, scale, step } = this.data
    if (scale === "linear") return low + part * (high - low)
    const value = Math.expm1(Math.log1p(low) + part * (Math.log1p(high) - Math.log1p(low)))
    return Math.round(value / step) * step
  }

  fit(value) {
    const { low, high, whole } = this.data
    const fitted = Math.min(Math.max(value, low), high)
    return whole ? Math.round(fitted) : Number(fitted.toPrecision(6))
  }

  // A range input moves by a tenth of its track with PageUp and PageDown, which belong to the clicker.
  drag() {
    if (this.paging) {
      this.paging = false
      this.draw()
      return
    }
    const { min, max, value } = this.track
    this.change(this.at((Number(value) - Number(min)) / (Number(max) - Number(min))))
  }

  key(event) {
    this.paging = event.key === "PageUp" || event.key === "PageDown"
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const { low, high, step } = this.data
    const steps = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }
    if (event.key in steps) this.change(this.value + steps[event.key] * step)
    else if (event.key === "Home") this.change(low)
    else if (event.key === "End") this.change(high)
    else return
    event.preventDefault()
  }

  release() {
    this.paging = false
    this.tell(true)
  }

  typed(event) {
    const steps = { ArrowUp: 1, ArrowDown: -1 }
    if (event.key === "Enter") this.commit()
    else if (event.key === "Escape") this.draw(true)
    else if (event.key in steps) {
      this.commit()
      this.change(this.value + steps[event.key] * this.data.step)
      this.draw(true)
      event.preventDefault()
    }
  }

  commit() {
    const text = this.number.value.trim().replace(",", ".")
    const value = text === "" ? NaN : Number(text)
    if (Number.isFinite(value)) {
      this.change(value)
      this.tell(true)
    }
    this.draw(true)
  }

  change(value) {
    const fitted = this.fit(value)
    if (fitted === this.value) {
      this.draw()
      return
    }
    this.value = fitted
    this.count += 1
    this.draw()
    this.tell(false)
  }

  tell(last) {
    clearTimeout(this.timer)
    if (this.told === this.count) return
    const since = performance.now() - this.toldAt
    if (!last && (since < INTERVAL_MS || (this.busy() && since < PATIENCE_MS))) {
      this.timer = setTimeout(() => this.tell(false), Math.max(INTERVAL_MS - since, POLL_MS))
      return
    }
    this.told = this.count
    this.toldAt = performance.now()
    this.send({ run: this.run, count: this.count, value: this.value })
    clearTimeout(this.again)
    this.again = setTimeout(() => this.repeat(LOST_MS), LOST_MS)
  }

  // What the server has not heard is sent once more, later and later: it may be lost, or the server is busy.
  repeat(waited) {
    if (!this.waiting || this.told !== this.count) return
    this.count += 1
    this.tell(true)
    clearTimeout(this.again)
    this.again = setTimeout(() => this.repeat(2 * waited), 2 * waited)
  }

  // Whether the page is still drawing the value sent last, or waits for its run, which can be cancelled.
  busy() {
    const [run, heard] = this.data.heard
    if (this.told > 0 && !(run === this.run && heard >= this.told)) return true
    return document.querySelector("[data-testid=stApp][data-test-script-state=running], .st-key-cancel") !== null
  }

  draw(typed = false) {
    const { low, high, scale } = this.data
    const text = this.text(this.value)
    const part = this.part(this.value)
    this.track.value = scale === "linear" ? this.value : part * POSITIONS
    this.track.style.setProperty("--part", `calc(${part} * (100% - 1rem) + 0.5rem)`)
    this.track.setAttribute("aria-valuetext", `${text}, from ${this.text(low)} to ${this.text(high)}`)
    const root = this.number.getRootNode()
    if (typed || root.activeElement !== this.number) this.number.value = text
  }

  drawTicks() {
    const { low, high, scale } = this.data
    if (scale === "linear") return
    const gap = (TICK_EM * parseFloat(getComputedStyle(this.ticks).fontSize)) / this.ticks.clientWidth
    const chosen = [high]
    for (const tick of TICKS.toReversed()) {
      if (tick >= low && this.part(chosen.at(-1)) - this.part(tick) > gap) chosen.push(tick)
    }
    const marks = chosen.reverse().map(tick => {
      const mark = document.createElement("span")
      mark.textContent = this.text(tick)
      mark.style.left = `${100 * this.part(tick)}%`
      return mark
    })
    this.ticks.replaceChildren(...marks)
  }

  text(value) {
    return String(Number(value.toPrecision(6)))
  }

  explain() {
    this.tip.showPopover()
    const button = this.help.getBoundingClientRect()
    const tip = this.tip.getBoundingClientRect()
    const left = Math.min(button.left, innerWidth - tip.width - 8)
    const below = button.bottom + 6
    const top = below + tip.height < innerHeight ? below : button.top - tip.height - 6
    Object.assign(this.tip.style, { left: `${Math.max(left, 8)}px`, top: `${top}px` })
  }

  remove() {
    clearTimeout(this.timer)
    clearTimeout(this.again)
    this.sizes.disconnect()
  }
}
