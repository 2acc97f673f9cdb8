// What all components share: it stands before the script of each.

// Streamlit runs a script anew for each change of its data, and may call what a former run has returned after a later
// one has begun. What the user has done in the same elements is kept: it ends only with the last run.
const lastingOnes = new WeakMap()

function lasting(root, Kind, show) {
  if (!lastingOnes.has(root)) lastingOnes.set(root, { one: new Kind(root), runs: 0 })
  const kept = lastingOnes.get(root)
  const run = ++kept.runs
  show(kept.one)
  return () =>
    setTimeout(() => {
      if (run < kept.runs) return
      kept.one.remove()
      lastingOnes.delete(root)
    })
}

// Sends nothing more once the user is on the way to another page: a message names the page that is left, and
// whichever the server hears last, it draws.
function whileHere(setStateValue) {
  return (name, value) => {
    if (!window.sparsefoolAddress?.leaving) setStateValue(name, value)
  }
}

// Tells what these elements send from what others send, in this window or in another.
function newRun() {
  return crypto.getRandomValues(new Uint32Array(2)).join("-")
}

