// One entry of the browser's history for each visit of a page, and a button that copies its link.

const SAID_MS = 2000

replaceInsteadOfPush()

export default function ({ parentElement }) {
  const button = parentElement.querySelector(".copy")
  const words = parentElement.querySelector(".words")
  let timer = null
  button.onclick = async () => {
    words.textContent = (await copy(location.href)) ? "Copied" : "Copy it from the address bar"
    clearTimeout(timer)
    timer = setTimeout(() => (words.textContent = "Copy link"), SAID_MS)
  }
  return () => clearTimeout(timer)
}

// Streamlit pushes an entry whenever the server corrects the address. Only another page deserves one.
function replaceInsteadOfPush() {
  if (history.pushState.onlyForPages) return
  const push = history.pushState
  history.pushState = (state, title, url) => {
    const isSamePage = new URL(url ?? location.href, location.href).pathname === location.pathname
    if (isSamePage) history.replaceState(state, title, url)
    else push.call(history, state, title, url)
  }
  history.pushState.onlyForPages = true
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
