// How new tasks of web take over from old ones, as a stack's file says it.
import { z } from "zod";
import { wholeNumber } from "./values.ts";

export const cloudDeployment = z
  .strictObject({
    strategy: z
      .enum(["rolling", "blueGreen", "canary"])
      .describe(
        "rolling: task by task. blueGreen: all new tasks beside the old ones, then all traffic at once. canary: a part of the traffic first.",
      ),
    bakeMinutes: wholeNumber(0, 1440)
      .optional()
      .describe("Minutes that the old tasks stay after the shift, to go back to at once. Left out: 5."),
    percent: wholeNumber(1, 99).optional().describe("canary: percent of the traffic that goes first. Left out: 10."),
    canaryMinutes: wholeNumber(1, 1440)
      .optional()
      .describe("canary: minutes until the rest of the traffic follows. Left out: 5."),
  })
  .check((context) => {
    const { strategy, ...settings } = context.value;
    const allowed = { rolling: [], blueGreen: ["bakeMinutes"], canary: ["bakeMinutes", "percent", "canaryMinutes"] };
    for (const [name, value] of Object.entries(settings)) {
      if (value === undefined || (allowed[strategy] as string[]).includes(name)) continue;
      context.issues.push({
        code: "custom",
        input: value,
        path: [name],
        message: `nothing, with strategy ${strategy}`,
      });
    }
  });
