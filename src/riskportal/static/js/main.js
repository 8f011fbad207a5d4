// Progressive enhancement only: every page works without this. One entry, small modules.
import { copyButtons } from "./copy.js";
import { focusErrors, groupCode, guardSubmit } from "./forms.js";
import { closeMenus, focusSearch } from "./menus.js";
import { sequences } from "./sequence.js";

closeMenus(document);
focusSearch(document);
guardSubmit(document);
focusErrors(document);
groupCode(document);
copyButtons(document);
sequences(document);
