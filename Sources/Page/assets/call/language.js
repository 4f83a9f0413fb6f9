// The call page's words in the person's language.

import { language, speaking } from "../tongue.js";
import { WORDS } from "./words.js";

export { language };
export const { t, translate } = speaking(WORDS);
