// SPDX-License-Identifier: BSL-1.0
// Making elements; text always as text.

// element("p.muted", {title: "x"}, "text", child...)
export function element(kind, attributes, ...children) {
  const [tag, ...classes] = kind.split(".");
  const made = document.createElement(tag);
  if (classes.length) made.className = classes.join(" ");
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name === "style") for (const [property, to] of Object.entries(value)) made.style.setProperty(property, to);
    else if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value);
  }
  made.append(...children.flat().filter((child) => child !== undefined && child !== null && child !== ""));
  return made;
}
