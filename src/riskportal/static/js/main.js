// Progressive enhancement only: every page works without this. One entry, small modules.
import { accentPreview } from "./accent.js";
import { copyButtons, printButtons } from "./copy.js";
import { focusErrors, groupCode, guardSubmit, showForms } from "./forms.js";
import { closeMenus, focusSearch } from "./menus.js";
import { passkeys } from "./passkey.js";
import { sequences } from "./sequence.js";
import { strengthMeters } from "./strength.js";
import { rowKeys } from "./table.js";

closeMenus(document);
focusSearch(document);
guardSubmit(document);
focusErrors(document);
groupCode(document);
copyButtons(document);
printButtons(document);
passkeys(document);
sequences(document);
strengthMeters(document);
rowKeys(document);
accentPreview(document);
showForms(document);
