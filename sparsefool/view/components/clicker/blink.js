// Original and adversarial picture alternate in the place of the adversarial one, each named in its corner.

const ORIGINAL = "img[alt^='The original picture']"
const RESULT = "img[alt^='The adversarial picture'], img[alt^='The perturbed picture']"
const EACH_MS = 500

class Blink {
  toggle() {
    if (this.timer) this.end()
    else if (this.begin()) this.timer = setInterval(() => this.turn(), EACH_MS)
  }

  begin() {
    this.image = document.querySelector(RESULT)
    this.original = document.querySelector(ORIGINAL)?.src
    if (!this.image || !this.original) return false
    this.result = this.image.src
    this.name = document.createElement("div")
    this.name.className = "sparsefool-blink"
    this.name.setAttribute("aria-hidden", "true")
    document.body.append(this.name)
    this.turn()
    return true
  }

  turn() {
    const { image, original, result, name } = this
    if (!image.isConnected || ![original, result].includes(image.src)) return this.end()
    const shown = image.src === result ? original : result
    const { left, top } = image.getBoundingClientRect()
    image.src = shown
    name.textContent = shown === original ? "Original" : "Adversarial"
    Object.assign(name.style, { left: `${left}px`, top: `${top}px` })
    return shown
  }

  end() {
    clearInterval(this.timer)
    this.timer = null
    if (this.image?.src === this.original) this.image.src = this.result
    this.name?.remove()
  }
}
