// Thumbnails to choose from. What is typed and which page is open goes to the server, which sends the pictures.
const PAUSE = 300; // milliseconds without a key before a search begins
const SIDE = 64; // CSS pixels

const lists = new WeakMap();

class PictureList {
  constructor(root) {
    this.text = "";
    this.page = 0;
    root.innerHTML = `<div class="bar"><input type="search" placeholder="Search: a class or a number"
      aria-label="Search the pictures"><span class="found" role="status"></span>
      <button type="button" class="back" aria-label="Previous pictures">‹</button>
      <button type="button" class="next" aria-label="More pictures">›</button></div><ul class="items"></ul>`;
    this.find = (name) => root.querySelector(name);
    const input = this.find("input"); // an event from a shadow tree has lost its target when the timer ends
    input.oninput = () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.search(input.value, 0), PAUSE);
    };
    this.find(".back").onclick = () => this.search(this.text, this.page - 1);
    this.find(".next").onclick = () => this.search(this.text, this.page + 1);
  }

  search(text, page) {
    this.text = text;
    this.page = Math.max(0, page);
    this.send("search", { text, page: this.page });
  }

  show(data, send) {
    this.send = send;
    this.find(".found").textContent = data.found;
    this.find(".back").disabled = this.page === 0;
    this.find(".next").disabled = !data.more;
    const items = JSON.stringify(data.items);
    if (items !== this.items) {
      this.items = items;
      this.find(".items").replaceChildren(...data.items.map((item) => this.item(item)));
    }
    for (const button of this.find(".items").querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(Number(button.value) === data.chosen));
    }
  }

  item(item) {
    const [entry, button, name] = ["li", "button", "span"].map((tag) => document.createElement(tag));
    button.type = "button";
    button.value = item.number;
    button.onclick = () => this.send("chosen", item.number);
    if (item.uri) {
      const image = document.createElement("img");
      image.src = item.uri;
      image.alt = "";
      // A whole number of screen pixels for every pixel, or the other way round.
      const times = item.side <= SIDE ? Math.floor(SIDE / item.side) : 1 / Math.ceil(item.side / SIDE);
      image.style.width = `${Math.round(item.side * times)}px`;
      button.append(image);
    }
    name.textContent = item.name;
    button.append(name);
    entry.append(button);
    return entry;
  }
}

export default function ({ parentElement, data, setStateValue }) {
  const root = parentElement.querySelector(".picture-list");
  if (!lists.has(root)) lists.set(root, new PictureList(root));
  lists.get(root).show(data, whileHere(setStateValue));
}
