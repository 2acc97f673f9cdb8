// A ring around each changed pixel, as an SVG: a light line inside a dark one, so that one of them stands out on
// every ground. Rings that meet become the outline of their cluster: nothing inside is covered.

const LIGHT = "#f0e442"
const DARK = "#10151c"
const FEW = { radius: 3.5, light: 1.75, dark: 1.25 } // in screen pixels
const CROWD = { radius: 5, light: 1.25, dark: 1 } // wider and thinner, so that neighbours share an outline
const MOST = 60 // marks, beyond which they are a crowd
const NARROW = { ...FEW, radius: 2.5 } // on thumbnails
const THUMBNAIL = 120 // screen pixels across

let masks = 0

function marksOf(picture) {
  const { x, y, scale } = picture.view
  const [width, height] = [picture.element.clientWidth, picture.element.clientHeight]
  const seen = picture.changes
    .map(({ row, column }) => [(column + 0.5 - x) * scale, (row + 0.5 - y) * scale])
    .filter(([left, top]) => left >= 0 && left <= width && top >= 0 && top <= height)
  const { radius, light, dark } = width < THUMBNAIL ? NARROW : seen.length > MOST ? CROWD : FEW
  const hole = Math.max(radius, 0.71 * scale + 1.5)
  const dots = seen.map(([left, top]) => `M${left.toFixed(1)} ${top.toFixed(1)}h0`).join("")
  const path = (radius, colour) => `<path d="${dots}" stroke="${colour}" stroke-width="${(2 * radius).toFixed(2)}"/>`
  const name = `marks-${(masks += 1)}`
  const edge = hole + light + dark
  const area = `x="${-edge}" y="${-edge}" width="${width + 2 * edge}" height="${height + 2 * edge}"`
  const holder = document.createElement("div")
  holder.innerHTML =
    `<svg xmlns="http://www.w3.org/2000/svg" class="marks" aria-hidden="true" width="${width}" height="${height}" ` +
    `style="position:absolute;left:0;top:0;overflow:visible;pointer-events:none" fill="none" stroke-linecap="round">` +
    `<mask id="${name}" maskUnits="userSpaceOnUse" ${area}><rect ${area} fill="#fff"/>${path(hole, "#000")}</mask>` +
    `<g mask="url(#${name})">${path(edge, DARK)}${path(hole + light, LIGHT)}</g></svg>`
  return holder.firstChild
}
