// What was chosen is shown before it is sent, and photos larger than needed
// are made smaller first: on a slow line that is the difference between
// seconds and minutes. The server measures again.
const SIDE = 2400; // pixels of the longer side: an A4 page stays readable
const SMALL = 1 << 20; // bytes that are not worth the trouble

export function files() {
  for (const input of document.querySelectorAll("input[data-preview]")) {
    input.addEventListener("change", () => chosen(input));
  }
}

async function chosen(input) {
  const list = document.getElementById(input.dataset.preview);
  const all = await Promise.all([...input.files].map(smaller));
  if (all.some((file, i) => file !== input.files[i])) {
    const set = new DataTransfer();
    for (const file of all) set.items.add(file);
    input.files = set.files;
  }
  list.replaceChildren(...all.map(row));
}

async function smaller(file) {
  if (file.size < SMALL || !/^image\/(jpeg|png)$/.test(file.type)) return file;
  try {
    const picture = await createImageBitmap(file);
    const scale = Math.min(1, SIDE / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
    if (!blob || blob.size >= file.size) return file;
    return new File([blob], file.name.replace(/\.png$/i, ".jpg"), { type: "image/jpeg" });
  } catch {
    return file; // not a picture after all: the server says so
  }
}

function row(file) {
  const li = document.createElement("li");
  if (/^image\/(jpeg|png|webp|gif)$/.test(file.type)) {
    const img = document.createElement("img");
    img.alt = "";
    img.width = img.height = 64;
    img.src = URL.createObjectURL(file);
    img.onload = () => URL.revokeObjectURL(img.src);
    li.append(img);
  } else {
    li.append(document.createElement("span"));
  }
  const about = document.createElement("div");
  const size = document.createElement("p");
  size.className = "soft small num";
  size.textContent = Math.ceil(file.size / 1000).toLocaleString(document.documentElement.lang) + " KB";
  about.append(file.name, size);
  li.append(about);
  return li;
}
