// Saves a part of the page as one picture, as it looks there: its images pixel for pixel, its text, its SVG.

const PNG_SCALE = 2
const MARGIN = 8

function bindSaving(buttons, part, name) {
  for (const button of buttons) button.onclick = () => saveAs(part(), name, button.value)
}

function saveAs(part, name, kind) {
  const drawing = new Blob([drawnAgain(part)], { type: "image/svg+xml" })
  if (kind === "svg") return hand(drawing, `${name}.svg`)
  const loaded = new Image()
  loaded.onload = () => {
    const canvas = document.createElement("canvas")
    canvas.width = PNG_SCALE * loaded.width
    canvas.height = PNG_SCALE * loaded.height
    canvas.getContext("2d").drawImage(loaded, 0, 0, canvas.width, canvas.height)
    URL.revokeObjectURL(loaded.src)
    canvas.toBlob(png => hand(png, `${name}.png`), "image/png")
  }
  loaded.src = URL.createObjectURL(drawing)
}

function hand(blob, fileName) {
  const link = document.createElement("a")
  link.href = URL.createObjectURL(blob)
  link.download = fileName
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}

function drawnAgain(part) {
  const items = [...imagesOf(part), ...linesOf(part)]
  const left = Math.min(...items.map(item => item.box.left)) - MARGIN
  const top = Math.min(...items.map(item => item.box.top)) - MARGIN
  const width = Math.ceil(Math.max(...items.map(item => item.box.right)) + MARGIN - left)
  const height = Math.ceil(Math.max(...items.map(item => item.box.bottom)) + MARGIN - top)
  const ground = getComputedStyle(document.querySelector(".stApp")).backgroundColor
  const drawn = items.map(item => item.draw(Math.round(item.box.left - left), item.box.top - top)).join("\n")
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">\n` +
    `<rect width="${width}" height="${height}" fill="${ground}"/>\n${drawn}\n</svg>\n`
  )
}

function imagesOf(part) {
  return [...part.querySelectorAll("img, svg")].map(element => ({
    box: frameOf(element).getBoundingClientRect(),
    draw: (x, y) => (element.matches("img") ? image(element, x, Math.round(y)) : svg(element, x, Math.round(y))),
  }))
}

// The window through which an image is seen: smaller than the image where that is cropped.
function frameOf(element) {
  return (element.matches("img") && element.closest(".window")) || element
}

function image(element, x, y) {
  const [frame, { left, top, width, height }] = [frameOf(element).getBoundingClientRect(), element.getBoundingClientRect()]
  const place = `x="${rounded(left - frame.left)}" y="${rounded(top - frame.top)}"`
  const size = `width="${rounded(width)}" height="${rounded(height)}" preserveAspectRatio="none"`
  const seen = `x="${x}" y="${y}" width="${Math.round(frame.width)}" height="${Math.round(frame.height)}"`
  return `<svg ${seen}><image ${place} ${size} style="image-rendering:pixelated" href="${element.src}"/></svg>`
}

function rounded(length) {
  return Math.round(length * 100) / 100
}

function svg(element, x, y) {
  const { width, height } = element.getBoundingClientRect()
  const style = getComputedStyle(element)
  const copy = element.cloneNode(true)
  const attributes = { x, y, width, height, color: style.color, "font-family": style.fontFamily }
  for (const [name, value] of Object.entries(attributes)) copy.setAttribute(name, value)
  const text = new XMLSerializer().serializeToString(copy)
  return text.replace(/var\((--[\w-]+)\)/g, (_, name) => style.getPropertyValue(name).trim())
}

function linesOf(part) {
  const hidden = "svg, button, style, script"
  const walker = document.createTreeWalker(part, NodeFilter.SHOW_TEXT)
  const found = []
  while (walker.nextNode()) {
    const node = walker.currentNode
    if (node.textContent.trim() && !node.parentElement.closest(hidden)) found.push(...lines(node, part))
  }
  return found
}

// The browser does not report line breaks: the words of a line are those at the same height.
function lines(node, part) {
  const found = []
  for (const word of node.textContent.matchAll(/\S+/g)) {
    const range = document.createRange()
    range.setStart(node, word.index)
    range.setEnd(node, word.index + word[0].length)
    const box = range.getBoundingClientRect()
    const line = found.at(-1)
    if (line && Math.abs(line.box.top - box.top) < 1) {
      line.words.push(word[0])
      line.box.right = box.right
    } else if (box.width) {
      const { left, top, right, bottom } = box
      found.push({ words: [word[0]], box: { left, top, right, bottom } })
    }
  }
  return found.map(({ words, box }) => ({ box, draw: (x, y) => text(words.join(" "), node.parentElement, part, box, x, y) }))
}

function text(words, element, part, box, x, y) {
  const style = getComputedStyle(element)
  const pen = document.createElement("canvas").getContext("2d")
  pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`
  const baseline = y + pen.measureText(words).fontBoundingBoxAscent
  const room = (style.overflowX === "hidden" ? element.getBoundingClientRect().right : Infinity) - box.left
  const width = Math.min(box.right - box.left, room)
  let opacity = 1
  for (let at = element; at !== part; at = at.parentElement) opacity *= Number(getComputedStyle(at).opacity)
  const font = `font-family='${style.fontFamily.replaceAll("'", "")}' font-size="${style.fontSize}" font-weight="${style.fontWeight}"`
  const place = `x="${x}" y="${baseline.toFixed(1)}" textLength="${width.toFixed(1)}" lengthAdjust="spacingAndGlyphs"`
  return `<text ${place} ${font} fill="${style.color}" opacity="${opacity}">${escaped(shortened(words, pen, width))}</text>`
}

function shortened(words, pen, width) {
  let kept = words
  while (kept && pen.measureText(kept === words ? words : `${kept}…`).width > width + 1) kept = kept.slice(0, -1)
  return kept === words ? words : `${kept}…`
}

function escaped(words) {
  return words.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;")
}
