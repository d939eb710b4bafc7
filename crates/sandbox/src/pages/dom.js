// Finding and making elements.

export const $ = (selector, root = document) => root.querySelector(selector);
export const all = (selector, root = document) => [...root.querySelectorAll(selector)];

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === 'on') for (const [event, handler] of Object.entries(value)) element.addEventListener(event, handler);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  svg.setAttribute('aria-hidden', 'true');
  use.setAttribute('href', `#i-${name}`);
  svg.append(use);
  return svg;
}

/** Says something to people who do not see the page. */
export function announce(text) {
  $('#say').textContent = text;
}

/** Says beneath a form's field what is wrong with it, and takes that back. */
export function complain(form, why) {
  const [field, place] = [$('input', form), $('.why', form)];
  place.hidden = !why;
  place.textContent = why;
  if (!why) {
    field.removeAttribute('aria-invalid');
    field.removeAttribute('aria-describedby');
    return;
  }
  place.id ||= `${field.id}-why`;
  field.setAttribute('aria-invalid', 'true');
  field.setAttribute('aria-describedby', place.id);
  field.focus();
}
