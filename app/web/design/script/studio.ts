// The studio made immediate. Without it every action is a form; here each is sent at once and shown in place.

import { Conflicts } from "./conflict";
import { Dragging } from "./drag";
import { Edits } from "./edit";
import { Keys } from "./keys";
import { walkOutline } from "./outline";
import { byId, StudioPage } from "./page";
import { Presence } from "./presence";
import { RuleEditor } from "./rule";
import { Selection } from "./select";
import { Sheets } from "./sheets";
import { Typing } from "./typing";
import { UnsavedText } from "./unsaved";

const root = byId("studio");
if (root) {
  const page = new StudioPage(root);
  const kept = new UnsavedText(page);
  const edits = new Edits(page);
  const typing = new Typing(page, edits, kept);
  new Conflicts(page, edits, kept);
  new Sheets(page, new Selection(page, typing));
  new Dragging(edits, typing);
  new Keys(edits, typing);
  walkOutline();
  new Presence(page, edits, kept);
  root.dataset["scripted"] = "";
}

const rule = document.querySelector<HTMLElement>("[data-rule]");
if (rule) new RuleEditor(rule);
