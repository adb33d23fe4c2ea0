// Jobs of tournaments.
import type { AnyJob } from "../../platform/queue.ts";
import { announce } from "./announce.ts";
import { archiveOld } from "./archive.ts";
import { tell } from "./tell.ts";

export const tournamentJobs: readonly AnyJob[] = [announce, tell, archiveOld];
