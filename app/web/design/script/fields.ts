// The controls of a property: what they hold, what the server last said that they hold.

export type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

const VALUE = "p-";
const BEFORE = "was-";

/** The control that is a property of an element, if this is one. */
export function controlOf(target: EventTarget | null): Control | null {
  return isControl(target) && target.name.startsWith(VALUE) && target.form ? target : null;
}

/** Whether this is any field at all, hidden ones apart. */
export function isControl(target: EventTarget | null): target is Control {
  const isInput = target instanceof HTMLInputElement && target.type !== "hidden";
  return isInput || target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement;
}

/** All controls of properties below a node. */
export function controlsOf(node: ParentNode): Control[] {
  return [...node.querySelectorAll<Control>("input, select, textarea")].filter((one) => one.name.startsWith(VALUE));
}

export function keyOf(control: Control): string {
  return control.name.slice(VALUE.length);
}

function isTicked(control: Control): control is HTMLInputElement {
  return control instanceof HTMLInputElement && (control.type === "checkbox" || control.type === "radio");
}

/** What it holds now, as one text. */
export function valueOf(control: Control): string {
  if (isTicked(control)) return String(control.checked);
  if (control instanceof HTMLSelectElement) {
    return [...control.options].filter((one) => one.selected).map((one) => one.value).join("\n");
  }
  return control.value;
}

/** What the server last said that it holds. */
export function savedOf(control: Control): string {
  if (isTicked(control)) return String(control.defaultChecked);
  if (control instanceof HTMLSelectElement) {
    const said = [...control.options].filter((one) => one.defaultSelected);
    const shown = said.length || control.multiple ? said : [...control.options].slice(0, 1);
    return shown.map((one) => one.value).join("\n");
  }
  return control.defaultValue;
}

export function isChanged(control: Control): boolean {
  return valueOf(control) !== savedOf(control);
}

/** Have it hold a value, as `valueOf` gives them, without moving the caret for nothing. */
export function put(control: Control, value: string): void {
  if (valueOf(control) === value) return;
  if (isTicked(control)) control.checked = value === "true";
  else if (control instanceof HTMLSelectElement) {
    const chosen = value.split("\n");
    for (const option of control.options) option.selected = chosen.includes(option.value);
  } else control.value = value;
}

/** Have the page remember that the server holds this. */
export function putSaved(control: Control, value: string): void {
  if (isTicked(control)) control.defaultChecked = value === "true";
  else if (control instanceof HTMLSelectElement) {
    const chosen = value.split("\n");
    for (const option of control.options) option.defaultSelected = chosen.includes(option.value);
  } else if (control.defaultValue !== value) control.defaultValue = value;
}

/** What the hidden field says of what a form now posts for a key: words of a list, true or false of one box. */
export function postedOf(controls: readonly Control[], key: string): string {
  const mine = controls.filter((one) => keyOf(one) === key);
  const boxes = mine.filter((one): one is HTMLInputElement => one instanceof HTMLInputElement && one.type === "checkbox");
  if (boxes.length === 1) return String(boxes[0]?.checked);
  if (boxes.length) return boxes.filter((one) => one.checked).map((one) => one.value).join(" ");
  const list = mine[0];
  if (list instanceof HTMLSelectElement && list.multiple) return [...list.selectedOptions].map((one) => one.value).join(" ");
  const chosen = mine.find((one) => !isTicked(one) || one.checked);
  return chosen ? chosen.value : "";
}

/** Write a value, as `was-` fields say it, into what is posted. */
export function putPosted(body: URLSearchParams, controls: readonly Control[], key: string, value: string): void {
  const boxes = controls.filter((one) => one instanceof HTMLInputElement && one.type === "checkbox");
  const isList = boxes.length > 1 || controls.some((one) => one instanceof HTMLSelectElement && one.multiple);
  body.delete(valueName(key));
  if (isList) for (const word of value.split(/\s+/).filter(Boolean)) body.append(valueName(key), word);
  else if (boxes.length === 0) body.set(valueName(key), value);
  else if (value === "true") body.set(valueName(key), "on");
}

/** The hidden field that says which value is replaced. */
export function beforeOf(control: Control, within: ParentNode | null = control.form): HTMLInputElement | null {
  if (!control.name.startsWith(VALUE)) return null;
  return within?.querySelector<HTMLInputElement>(`input[name="${CSS.escape(BEFORE + keyOf(control))}"]`) ?? null;
}

export const valueName = (key: string): string => VALUE + key;
export const beforeName = (key: string): string => BEFORE + key;
