// When to tell somebody: a problem that lasts two looks, its end, and a reminder each day. Pure; the state goes round.
import type { CheckName, Finding } from "./checks.ts";

export interface AlarmState {
  /** Looks in a row in which a check differed from what was told. */
  readonly streaks: { readonly [Name in CheckName]?: number };
  /** Problems that somebody was told of, and when last, in milliseconds. */
  readonly told: { readonly [Name in CheckName]?: number };
}

export interface Message {
  readonly subject: string;
  readonly text: string;
}

export interface Step {
  readonly state: AlarmState;
  /** Undefined if there is nothing to tell. */
  readonly message?: Message;
}

export const quiet: AlarmState = { streaks: {}, told: {} };

/** Looks that a change has to last: a probe may fail once. */
const looks = 2;
const reminderMs = 24 * 3_600_000;

/**
 * @param environment what the message calls the environment
 * @param now milliseconds
 */
export function step(state: AlarmState, findings: readonly Finding[], environment: string, now: number): Step {
  const streaks: Record<string, number> = {};
  const told: Record<string, number> = { ...state.told };
  const problems: Finding[] = [];
  const ends: Finding[] = [];
  for (const finding of findings) {
    const { check, ok } = finding;
    const since = state.told[check];
    const differs = ok === (since !== undefined);
    const streak = differs ? (state.streaks[check] ?? 0) + 1 : 0;
    if (differs && streak < looks) streaks[check] = streak;
    else if (differs && ok) {
      delete told[check];
      ends.push(finding);
    } else if (differs || (!ok && since !== undefined && now - since >= reminderMs)) {
      told[check] = now;
      problems.push(finding);
    }
  }
  // A check that is made no longer has nothing to end.
  for (const check of Object.keys(told)) if (!findings.some((finding) => finding.check === check)) delete told[check];
  const next = { streaks, told };
  if (problems.length + ends.length === 0) return { state: next };
  return { state: next, message: compose(environment, problems, ends, findings) };
}

function compose(environment: string, problems: Finding[], ends: Finding[], all: readonly Finding[]): Message {
  const [first = ends[0]] = problems;
  const more = problems.length > 1 ? ` and ${problems.length - 1} more` : "";
  const subject =
    problems.length > 0
      ? `${environment}: ${first?.check}: ${first?.text}${more}`
      : `${environment}: ${first?.check} is well again`;
  const lines = [
    ...problems.map(({ check, text }) => `PROBLEM ${check}: ${text}`),
    ...ends.map(({ check, text }) => `OVER ${check}: ${text}`),
    "",
    ...all.map(({ check, ok, text }) => `${ok ? "ok " : "BAD"} ${check}: ${text}`),
    "",
    `berth status ${environment} shows it now; what to do stands in docs/runbooks/vps-server.md.`,
  ];
  return { subject: subject.replaceAll(/\s+/g, " ").slice(0, 200), text: `${lines.join("\n")}\n` };
}
