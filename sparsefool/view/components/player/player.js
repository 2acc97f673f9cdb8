// Play, pause, step and scrub. The browser moves at once and tells the server, which draws. It sends the next
// moment only when the last one has been drawn, so fast keys and drags are neither lost nor queued.

const PATIENCE_MS = 1500
const TYPING = "input:not([type=checkbox]), textarea, select, [contenteditable=true]"

export default function ({ parentElement, data, setStateValue }) {
  const root = parentElement.querySelector(".player")
  return lasting(root, Player, player => player.update(data, moved => whileHere(setStateValue)("moved", moved)))
}

class Player {
  constructor(root) {
    const find = name => root.querySelector(`.${name}`)
    this.parts = Object.fromEntries(
      ["play", "play-icon", "play-text", "back", "forward", "speed", "noun", "place", "scrubber"].map(name => [name, find(name)])
    )
    this.root = root
    this.run = newRun()
    this.count = 0
    this.told = 0
    this.moment = 0
    this.version = null
    this.timer = null
    this.speed = 1
    this.parts.play.onclick = () => this.toggle()
    this.parts.back.onclick = () => this.step(-1)
    this.parts.forward.onclick = () => this.step(1)
    this.parts.speed.onclick = () => this.changeSpeed()
    this.parts.scrubber.oninput = event => this.scrub(Number(event.target.value))
    this.onKey = event => this.key(event)
    document.addEventListener("keydown", this.onKey)
  }

  get waiting() {
    return this.count > 0 && (this.data.heard[0] !== this.run || this.data.heard[1] !== this.count)
  }

  update(data, send) {
    this.data = data
    this.send = send
    if (data.version !== this.version) {
      this.version = data.version
      this.pause()
      this.moment = data.moment
      this.told = this.count
    } else if (!this.waiting) {
      this.moment = data.moment
    }
    this.moment = Math.min(this.moment, data.last)
    this.draw()
    this.tell()
  }

  go(moment) {
    this.moment = Math.min(Math.max(moment, 0), this.data.last)
    this.count += 1
    this.draw()
    this.tell()
  }

  tell() {
    const [run, heard] = this.data.heard
    const outstanding = this.told > 0 && !(run === this.run && heard >= this.told)
    if (this.told === this.count) return
    clearTimeout(this.again)
    if (outstanding && performance.now() - this.toldAt < PATIENCE_MS) {
      this.again = setTimeout(() => this.tell(), PATIENCE_MS)
      return
    }
    this.told = this.count
    this.toldAt = performance.now()
    this.send({ run: this.run, count: this.count, moment: this.moment })
  }

  step(by) {
    this.pause()
    this.go(this.moment + by)
  }

  scrub(moment) {
    this.pause()
    this.go(moment)
  }

  toggle() {
    if (this.timer !== null) {
      this.pause()
      this.draw()
      return
    }
    this.start()
    if (this.moment >= this.data.last) this.go(0)
    else this.draw()
  }

  start() {
    this.timer = setInterval(() => this.tick(), (1000 * this.data.pace) / this.speed)
  }

  changeSpeed() {
    const { speeds } = this.data
    this.speed = speeds[(speeds.indexOf(this.speed) + 1) % speeds.length]
    if (this.timer !== null) {
      this.pause()
      this.start()
    }
    this.draw()
  }

  tick() {
    if (this.waiting && performance.now() - this.toldAt < PATIENCE_MS) return
    if (this.moment + 1 >= this.data.last) this.pause()
    this.go(this.moment + 1)
  }

  pause() {
    clearInterval(this.timer)
    this.timer = null
  }

  key(event) {
    if (!this.data.shortcuts || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
    if (event.composedPath()[0].matches?.(TYPING)) return
    if (event.key === "ArrowRight") this.step(1)
    else if (event.key === "ArrowLeft") this.step(-1)
    else if (event.key.toLowerCase() === "p" && !event.repeat) this.toggle()
    else return
    event.preventDefault()
  }

  draw() {
    const { play, back, forward, speed, noun, place, scrubber } = this.parts
    const { last, shortcuts, speeds } = this.data
    const playing = this.timer !== null
    this.root.classList.toggle("shortcuts", shortcuts)
    for (const [button, key] of [[play, "P"], [back, "ArrowLeft"], [forward, "ArrowRight"]]) {
      button.ariaKeyShortcuts = shortcuts ? key : null
    }
    this.parts["play-icon"].textContent = playing ? "❚❚" : "▶"
    this.parts["play-text"].textContent = playing ? "Pause" : "Play"
    play.disabled = last < 1
    back.disabled = this.moment <= 0
    forward.disabled = this.moment >= last
    speed.hidden = speeds.length === 0
    speed.textContent = this.speed === 0.5 ? "½×" : `${this.speed}×`
    speed.setAttribute("aria-label", `Speed ${this.speed}`)
    noun.textContent = this.data.noun
    place.textContent = `${this.moment} of ${last}`
    scrubber.max = last
    scrubber.value = this.moment
    scrubber.disabled = last < 1
    scrubber.style.setProperty("--part", `${(100 * this.moment) / Math.max(last, 1)}%`)
    scrubber.setAttribute("aria-label", this.data.noun)
  }

  remove() {
    this.pause()
    clearTimeout(this.again)
    document.removeEventListener("keydown", this.onKey)
  }
}
