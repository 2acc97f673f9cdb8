// A ring around each changed pixel, as an SVG: a light line inside a dark one, so that one of them stands out on
// every ground. Rings that meet become the outline of their cluster: nothing inside is covered.

const LIGHT = { colour: "#f0e442", width: 1.75 }
const DARK = { colour: "#10151c", width: 1.25 }
const CROWD = 150 // marks, beyond which rings are drawn as small as they may be

let masks = 0

function marksOf(picture) {
  const { x, y, scale } = picture.view
  const [width, height] = [picture.element.clientWidth, picture.element.clientHeight]
  const dots = picture.changes
    .map(({ row, column }) => [(column + 0.5 - x) * scale, (row + 0.5 - y) * scale])
    .filter(([left, top]) => left >= 0 && left <= width && top >= 0 && top <= height)
    .map(([left, top]) => `M${left.toFixed(1)} ${top.toFixed(1)}h0`)
    .join("")
  const hole = Math.max(dots.length > 9 * CROWD || width < 120 ? 2.5 : 3.5, 0.71 * scale + 1.5)
  const path = (radius, colour) => `<path d="${dots}" stroke="${colour}" stroke-width="${(2 * radius).toFixed(2)}"/>`
  const name = `marks-${(masks += 1)}`
  const edge = hole + LIGHT.width + DARK.width
  const area = `x="${-edge}" y="${-edge}" width="${width + 2 * edge}" height="${height + 2 * edge}"`
  const holder = document.createElement("div")
  holder.innerHTML =
    `<svg xmlns="http://www.w3.org/2000/svg" class="marks" aria-hidden="true" width="${width}" height="${height}" ` +
    `style="position:absolute;left:0;top:0;overflow:visible;pointer-events:none" fill="none" stroke-linecap="round">` +
    `<mask id="${name}" maskUnits="userSpaceOnUse" ${area}><rect ${area} fill="#fff"/>${path(hole, "#000")}</mask>` +
    `<g mask="url(#${name})">${path(edge, DARK.colour)}${path(hole + LIGHT.width, LIGHT.colour)}</g></svg>`
  return holder.firstChild
}
