// The console's words in the operator's language.

import { language, speaking } from "../tongue.js";
import { WORDS } from "./words.js";

export { language };
export const { t, translate } = speaking(WORDS);
