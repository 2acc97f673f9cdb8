// One entry of the browser's history for each visit of a page, and a button that copies its link.

const SAID_MS = 2000
const LOST_MS = 8000

export default function ({ parentElement, data }) {
  window.sparsefoolAddress ??= new Address(data)
  const button = parentElement.querySelector(".copy")
  const words = parentElement.querySelector(".words")
  let timer = null
  button.onclick = async () => {
    words.textContent = (await copy(location.href)) ? "Copied" : "See address bar"
    clearTimeout(timer)
    timer = setTimeout(() => (words.textContent = "link"), SAID_MS)
  }
  return () => clearTimeout(timer)
}

// Streamlit pushes an entry whenever the server corrects the address; only another page deserves one. And on
// the way to another page, its first corrections come while the address is still the old page's, or that of an
// entry which Back has brought back: they are dropped until the server says that the page is open. Where it is the
// server that leaves the page, it says so first, and the next page is the one that comes.
class Address {
  constructor({ page_opened, page_left }) {
    this.marks = { opened: page_opened, left: page_left }
    this.push = history.pushState
    this.replace = history.replaceState
    this.path = location.pathname
    this.opened = true
    this.leftAt = -Infinity
    history.pushState = (...entry) => this.write(this.push, ...entry)
    history.replaceState = (...entry) => this.write(this.replace, ...entry)
    document.addEventListener("click", event => this.click(event), true)
    window.addEventListener("popstate", () => this.leave(location.pathname), true)
  }

  write(how, state, title, url = null) {
    const address = new URL(url ?? location.href, location.href)
    const { opened, left } = this.take(address.searchParams)
    if (opened) this.opened = true
    else if (left) this.leave(null)
    if (address.pathname !== location.pathname) this.enter(how, state, title, address)
    else if (!opened && !left && !this.leaving) this.replace.call(history, state, title, address)
  }

  // Where Streamlit's browser hears of a page and of a mark at once, it writes both into one address.
  take(parameters) {
    const found = mark => {
      const has = parameters.has(mark)
      parameters.delete(mark)
      return has
    }
    return { opened: found(this.marks.opened), left: found(this.marks.left) }
  }

  // A page that was left before it came is not where the visitor is going.
  enter(how, state, title, address) {
    if (this.leaving && this.path !== null && address.pathname !== this.path) return
    this.path = address.pathname
    how.call(history, state, title, address)
  }

  get leaving() {
    const hasArrived = this.opened && location.pathname === this.path
    return !hasArrived && performance.now() - this.leftAt < LOST_MS
  }

  click(event) {
    const link = event.composedPath().find(each => each.matches?.("a[href]"))
    const opensHere = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey
    if (link?.origin === location.origin && !link.target && opensHere) this.leave(link.pathname)
  }

  leave(path) {
    if (path === this.path) return
    this.path = path
    this.opened = false
    this.leftAt = performance.now()
  }
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return copyFromField(text)
  }
}

// Where the page is not served over https, browsers have no clipboard.
function copyFromField(text) {
  const field = document.createElement("textarea")
  const focused = document.activeElement
  field.value = text
  field.style.cssText = "position:fixed;opacity:0"
  document.body.append(field)
  field.select()
  const done = document.execCommand("copy")
  field.remove()
  focused?.focus?.()
  return done
}
