// Jobs of the shop, for the worker.
import type { AnyJob } from "../../platform/queue.ts";
import { cleanUpShops, makeExport } from "./export-job.ts";
import { applyFeed } from "./feed-job.ts";

export const pointOfSaleJobs: readonly AnyJob[] = [applyFeed, makeExport, cleanUpShops];
