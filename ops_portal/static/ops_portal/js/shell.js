// @ts-check
/** What every page starts. */
import { startAttention } from "./attention.js";
import { startCopy } from "./copy.js";
import { startDialogs } from "./dialog.js";
import { startDuty } from "./duty.js";
import { bind, startKeys } from "./keys.js";
import { startTheme, switchTheme } from "./theme.js";
import { startTime, switchZone } from "./time.js";
import { startToasts } from "./toast.js";
import { startFilters } from "./url-state.js";

startTheme();
startTime();
startToasts();
startCopy();
startDialogs();
startFilters();
startKeys();
startAttention();
startDuty();
bind("t t", "Switch theme", switchTheme);
bind("t z", "Switch time zone", switchZone);
