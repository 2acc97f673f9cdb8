// The keys of the app, and prepared views. A view is opened as the browser opens an entry of its history:
// Streamlit then takes the page and every setting from the address, and loads nothing again.

const LIST = "views", PLACE = "place", LECTURE = "lecture"
const SEEN_MS = 4000
const LOST_MS = 1200
const PATIENCE = 2
const WRITING = "input:not([type=checkbox], [type=radio], [type=range]), textarea, select, [contenteditable=true]"
const PRESSED = "button, a, summary, [role=tab], [role=radio], input:is([type=checkbox], [type=radio])"
const LAYER = "[role=dialog], [role=listbox], [data-testid=stPopoverBody]"
const STAYS = `${LAYER}, [popover], [aria-haspopup], [aria-expanded]`

export default function ({ parentElement, data, setStateValue }) {
  const root = parentElement.querySelector(".clicker")
  return lasting(root, Clicker, clicker => clicker.update(data, asked => whileHere(setStateValue)("asked", asked)))
}

class Clicker {
  constructor(root) {
    this.root = root
    this.run = newRun()
    this.count = 0
    this.blink = new Blink()
    this.place = this.placeInAddress()
    this.label = document.createElement("div")
    this.label.className = "sparsefool-place"
    this.label.setAttribute("role", "status")
    document.body.append(this.label)
    for (const what of ["add", "views", "keys", "words"])
      this.root.querySelector(`.${what}`).onclick = () => this.ask(what)
    this.listeners = [
      [window, "keydown", event => this.step(event), true],
      [window, "keydown", event => this.key(event), false],
      [window, "click", event => this.release(event), true],
      [window, "popstate", event => this.come(event), false],
      [window.navigation ?? new EventTarget(), "currententrychange", () => this.noteInAddress(), false],
    ]
    for (const [target, name, act, first] of this.listeners) target.addEventListener(name, act, first)
  }

  update(data, send) {
    this.base ??= baseOf(location.pathname, data.page)
    const before = this.data ?? data
    this.data = data
    this.send = send
    this.place = Math.min(this.place, data.views.length)
    this.root.querySelector(".count").textContent = data.views.length ? ` · ${data.views.length}` : ""
    this.style()
    this.noteInAddress()
    if (data.opened[0] !== before.opened[0]) this.open(data.opened[1] + 1)
    if (this.adding && data.views.length > before.views.length) {
      this.adding = false
      this.show(`Added as ${data.views.length} · ${data.views.at(-1).name}`)
    }
  }

  ask(what) {
    const page = location.pathname.slice(this.base.length).replace(/\/+$/, "")
    this.count += 1
    this.adding = what === "add"
    this.send({ run: this.run, count: this.count, what, address: `/${page}${location.search}` })
  }

  // A clicker sends PageDown and PageUp, whatever has the focus.
  step(event) {
    const by = { PageDown: 1, PageUp: -1 }[event.key]
    if (!by || !this.data.views.length || modified(event)) return
    if (document.querySelector(LAYER) || event.composedPath()[0].matches?.("textarea")) return
    event.preventDefault()
    event.stopImmediatePropagation()
    this.go(by)
  }

  // The others belong to whatever has the focus, and then to the page's player.
  key(event) {
    if (event.defaultPrevented || event.repeat || modified(event) || document.querySelector(LAYER)) return
    const focused = event.composedPath()[0]
    if (focused.matches?.(WRITING)) return
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    if (by && this.data.views.length && isFree(focused)) this.go(by)
    else if (event.key === "?") this.ask("keys")
    else if (event.key.toLowerCase() === "b") press(".comparator .play") || this.blink.toggle()
    else if (SHORTCUTS[event.key.toLowerCase()]) SHORTCUTS[event.key.toLowerCase()]()
    else return
    event.preventDefault()
  }

  // After a click on a button or a tab, the keys are the page's again; Tab goes on from there.
  release(event) {
    clearTimeout(this.lost)
    if (event.detail === 0 || event.composedPath().some(element => element.matches?.(STAYS))) return
    setTimeout(() => {
      const focused = focusedElement()
      if (focused?.matches(PRESSED)) focused.blur()
    })
  }

  go(by) {
    const place = Math.min(Math.max(this.place + by, 1), this.data.views.length)
    if (place !== this.place || !this.isOpen(place)) this.open(place)
    else this.show(this.nameOf(place))
  }

  open(place) {
    if (!this.data.views[place - 1]) return
    this.place = place
    this.visit()
    document.querySelector("[data-testid=stMain]")?.scrollTo(0, 0)
    this.show(this.nameOf(place))
    this.follow(PATIENCE)
  }

  // Where the page that is left asks for a run of its own at that moment, Streamlit forgets where to go.
  follow(times) {
    clearTimeout(this.lost)
    this.lost = setTimeout(() => {
      if (times === 0 || (this.isOpen(this.place) && this.data.place === String(this.place))) return
      const waits = document.querySelector("[data-testid=stApp]")?.dataset.testScriptState === "notRunning"
      if (waits) this.visit()
      this.follow(waits ? times - 1 : times)
    }, LOST_MS)
  }

  isOpen(place) {
    return this.data.page === this.data.views[place - 1]?.page
  }

  nameOf(place) {
    return `${place} of ${this.data.views.length} · ${this.data.views[place - 1].name}`
  }

  visit() {
    const view = this.data.views[this.place - 1]
    if (!view) return
    const address = new URL(`${location.origin}${this.base}${view.page}?${view.query}`)
    const lecture = new URL(location.href).searchParams.get(LECTURE)
    if (lecture) address.searchParams.set(LECTURE, lecture)
    this.noteIn(address)
    window.sparsefoolAddress?.leave(address.pathname)
    if (address.href !== location.href) history.pushState({}, "", address)
    window.dispatchEvent(new PopStateEvent("popstate", { state: {} }))
  }

  show(text) {
    this.label.textContent = text
    this.label.classList.add("seen")
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.label.classList.remove("seen"), SEEN_MS)
  }

  // By the browser's Back or Forward; those that open a view come from here.
  come(event) {
    if (!event.isTrusted) return
    clearTimeout(this.lost)
    this.place = this.placeInAddress()
  }

  placeInAddress() {
    const place = Number(new URL(location.href).searchParams.get(PLACE))
    return Number.isInteger(place) && place > 0 ? place : 0
  }

  noteIn(address) {
    const { text, views } = this.data
    if (text) address.searchParams.set(LIST, text)
    else address.searchParams.delete(LIST)
    if (this.place > 0 && views.length) address.searchParams.set(PLACE, this.place)
    else address.searchParams.delete(PLACE)
  }

  // Streamlit writes the address as it last knew it, which may be without the list.
  noteInAddress() {
    if (!this.data) return
    const address = new URL(location.href)
    this.noteIn(address)
    if (address.href !== location.href) history.replaceState(history.state, "", address)
  }

  style() {
    const style = getComputedStyle(this.root)
    for (const name of ["--st-font", "--st-text-color", "--st-background-color", "--st-border-color"])
      this.label.style.setProperty(name, style.getPropertyValue(name))
  }

  remove() {
    clearTimeout(this.timer)
    clearTimeout(this.lost)
    this.blink.end()
    for (const [target, name, act, first] of this.listeners) target.removeEventListener(name, act, first)
    this.label.remove()
  }
}

const SHORTCUTS = {
  l: () => press(".st-key-lecture input"),
  m: () => press("input[name=marks]:enabled"),
  f: () => (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen()),
}

function baseOf(path, page) {
  const folder = path.replace(/\/+$/, "")
  return `${page && folder.endsWith(`/${page}`) ? folder.slice(0, -page.length - 1) : folder}/`
}

function press(selector) {
  const found = find(document, selector)
  found?.click()
  return Boolean(found)
}

function find(root, selector) {
  const found = root.querySelector(selector)
  if (found) return found
  for (const element of root.querySelectorAll("*")) {
    const inside = element.shadowRoot && find(element.shadowRoot, selector)
    if (inside) return inside
  }
  return null
}

function modified(event) {
  return event.ctrlKey || event.metaKey || event.altKey
}

function isFree(focused) {
  return focused.matches("body, html, #stMain, input[type=checkbox], button:not([role]), a")
}

function focusedElement() {
  let focused = document.activeElement
  while (focused?.shadowRoot?.activeElement) focused = focused.shadowRoot.activeElement
  return focused
}
