// Drags, each of which ends in the act that a button has too: `move-to:ELEMENT:PARENT:INDEX`.

import Sortable from "sortablejs";
import type { Edits } from "./edit";
import type { Typing } from "./typing";
import { byId } from "./page";
import { hold, release, whenShown } from "./panes";

const MOTION_MS = 120;

export class Dragging {
  constructor(
    private readonly edits: Edits,
    private readonly typing: Typing,
  ) {
    whenShown(() => this.attach());
  }

  private attach(): void {
    for (const list of document.querySelectorAll<HTMLElement>("[data-list]")) {
      if (!Sortable.get(list)) this.sort(list);
    }
  }

  private sort(list: HTMLElement): void {
    const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const hasHandles = list.querySelector(":scope > [data-element] [data-handle]") !== null;
    Sortable.create(list, {
      group: partsOf(list)[1],
      draggable: ">[data-element]",
      ...(hasHandles ? { handle: "[data-handle]" } : {}),
      filter: "input, select, textarea",
      preventOnFilter: false,
      // The same drag with a mouse and with a finger; a link or a text is not dragged instead.
      forceFallback: true,
      fallbackTolerance: 4,
      animation: isStill ? 0 : MOTION_MS,
      ghostClass: "will-fall",
      fallbackClass: "is-held",
      onStart: hold,
      onEnd: (event) => this.dropped(event),
    });
  }

  private dropped(event: Sortable.SortableEvent): void {
    const { item, from, to, newDraggableIndex, oldDraggableIndex } = event;
    const hasMoved = from !== to || newDraggableIndex !== oldDraggableIndex;
    const element = item.dataset["element"];
    // The one that was dragged is where the focus is, as after its button.
    const focused = byId(`e${element}`) ?? item;
    if (hasMoved && element && newDraggableIndex !== undefined) {
      focused.focus({ preventScroll: true });
      this.typing.flush();
      this.edits.act(`move-to:${element}:${partsOf(to)[0]}:${newDraggableIndex}`);
    }
    release();
  }
}

/** Number of the element that holds a list, and the name of the list. */
function partsOf(list: HTMLElement): [string, string] {
  const [parent = "0", key = ""] = (list.dataset["list"] ?? "").split(":");
  return [parent, key];
}
