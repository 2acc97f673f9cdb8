// Original and adversarial picture in the same place: they alternate, or a divider separates them.
const LARGEST = 480; // CSS pixels

class Comparator {
  constructor(root) {
    this.root = root;
    this.find = (name) => root.querySelector(name);
    this.calm = window.matchMedia("(prefers-reduced-motion: reduce)");
    this.playing = !this.calm.matches;
    this.second = false; // whether the adversarial picture is the one in sight
    this.size = [1, 1];
    const stage = this.find(".stage");
    this.find(".play").onclick = () => this.toggle();
    this.find(".rate").oninput = () => this.draw();
    this.find(".place").oninput = () => this.draw();
    for (const radio of root.querySelectorAll("input[name=mode]")) radio.onchange = () => this.draw();
    stage.onkeydown = (event) => this.key(event);
    stage.onpointerdown = (event) => { stage.setPointerCapture(event.pointerId); this.drag(event); };
    stage.onpointermove = (event) => { if (event.buttons) this.drag(event); };
    this.observer = new ResizeObserver(() => this.fit());
    this.observer.observe(root);
  }

  get blinks() { return this.find("input[value=blink]").checked; }

  show(data) {
    for (const which of ["original", "adversarial"]) {
      const image = this.find("." + which);
      if (image.src !== data[which].uri) image.src = data[which].uri;
      image.alt = data[which].alt;
    }
    this.find(".picture").toggleAttribute("data-grey", data.grey);
    Object.assign(this.find(".picture").dataset, { size: `${data.width} ${data.height}`, of: data.of, change: data.change });
    this.titles = [data.original.title, data.adversarial.title];
    this.size = [data.width, data.height];
    this.fit();
    this.draw();
  }

  // A whole number of screen pixels for every pixel of the picture, unless a quarter of the room would stay empty.
  fit() {
    const [width, height] = this.size;
    const room = Math.min(this.root.clientWidth, LARGEST);
    const most = room / Math.max(width, height);
    const times = Math.floor(most) < 0.75 * most ? most : Math.floor(most);
    this.find(".stage").style.width = `${width * times}px`;
    this.find(".stage").style.height = `${height * times}px`;
  }

  toggle() { this.playing = !this.playing; this.draw(); }

  key(event) {
    if (event.key === " " && this.blinks) this.toggle();
    else if (event.key === "ArrowLeft" || event.key === "ArrowRight") this.step(event.key === "ArrowRight");
    else return;
    event.preventDefault();
  }

  step(right) {
    if (this.blinks) { this.playing = false; this.second = right; }
    else this.find(".place").value = Number(this.find(".place").value) + (right ? 2 : -2);
    this.draw();
  }

  drag(event) {
    if (this.blinks) return;
    const box = this.find(".stage").getBoundingClientRect();
    this.find(".place").value = (100 * (event.clientX - box.left)) / box.width;
    this.draw();
  }

  draw() {
    const blinks = this.blinks, rate = Number(this.find(".rate").value);
    this.find(".blinking").hidden = !blinks;
    this.find(".dividing").hidden = blinks;
    this.find(".line").hidden = blinks;
    this.find(".pace").textContent = rate;
    this.find(".play").textContent = this.playing ? "Pause" : "Play";
    clearInterval(this.timer);
    if (blinks && this.playing) this.timer = setInterval(() => { this.second = !this.second; this.paint(); }, 1000 / rate);
    this.paint();
  }

  paint() {
    const blinks = this.blinks, adversarial = this.find(".part"), place = this.find(".place").value;
    adversarial.style.visibility = blinks && !this.second ? "hidden" : "visible";
    adversarial.style.clipPath = blinks ? "none" : `inset(0 0 0 ${place}%)`;
    this.find(".line").style.left = `${place}%`;
    const [before, after] = this.titles;
    this.find(".which").textContent = blinks ? (this.second ? after : before) : `${before} | ${after}`;
    this.find(".hint").textContent = blinks && !this.playing ? this.pausedHint() : "";
  }

  pausedHint() {
    return this.calm.matches ? "Paused, because your system asks for less motion." : "Paused; the left and right arrow keys switch.";
  }

  remove() { clearInterval(this.timer); this.observer.disconnect(); }
}

export default function ({ data, parentElement }) {
  return lasting(parentElement.querySelector(".comparator"), Comparator, (comparator) => comparator.show(data));
}
