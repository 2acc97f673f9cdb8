// The two switches below a figure. They are the same for all figures, and say what is so in this one.

const NEWS_OF_PICTURES = "sparsefool-pictures"

function bindPictureSwitches(root, part) {
  const [marks, zoom] = ["marks", "zoom"].map(name => root.querySelector(`input[name=${name}]`))
  const look = () => {
    const changed = window.sparsefoolPictures?.within(part()).filter(picture => picture.changes.length) ?? []
    const isMarked = changed.some(picture => picture.isMarked)
    const canZoom = changed.some(picture => picture.crop)
    marks.checked = changed.length ? isMarked : window.sparsefoolPictures?.marks ?? false
    marks.disabled = !changed.length
    zoom.checked = canZoom && Boolean(window.sparsefoolPictures.zoom)
    zoom.disabled = !canZoom
    zoom.parentElement.title = changed.length && !canZoom ? "The changed pixels are spread over the whole picture." : ""
  }
  marks.onchange = () => window.sparsefoolPictures?.choose("marks", marks.checked)
  zoom.onchange = () => window.sparsefoolPictures?.choose("zoom", zoom.checked)
  document.addEventListener(NEWS_OF_PICTURES, look)
  look()
  return () => document.removeEventListener(NEWS_OF_PICTURES, look)
}
