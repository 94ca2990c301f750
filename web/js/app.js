// The script of every page. Each module makes something that works without it
// quicker; none is needed. Pages carry no handlers, only data-* names.
import { once } from "./once.js";

once(document);
