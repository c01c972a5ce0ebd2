/** Finds an element of the page. Throws if index.html has none of that id and type. */
export function element<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new TypeError(`no ${type.name} #${id}`);
  return found;
}
