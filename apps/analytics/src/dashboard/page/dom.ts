/** The element with this id. Everything is written to it as text or attribute: customers choose some of these words. */
export function part<T extends Element = HTMLElement>(id: string): T {
  return found(document.getElementById(id), id);
}

/** The first element within `root` that `selector` names. */
export function within<T extends Element = HTMLElement>(root: ParentNode, selector: string): T {
  return found(root.querySelector(selector), selector);
}

function found<T extends Element>(element: Element | null, what: string): T {
  if (element === null) throw new Error(`the page has no ${what}`);
  return element as T;
}

/** Sets the text, and touches the page only where it differs: what stands still is not drawn again. */
export function write(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** A new element with a class and a text. */
export function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  className = '',
  text = '',
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
}
