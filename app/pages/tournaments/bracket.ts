// A bracket as a page shows it: a heading for each round and a list of its matches, which style sheets set side by side.
import { html } from "ghtml";
import type { Match } from "../../domains/tournaments/team-schemas.ts";
import { moment } from "./shared.ts";

/** What a round is called, seen from the final. */
export function roundName(round: number, rounds: number): string {
  const names = ["Final", "Semi-finals", "Quarter-finals"];
  return names[rounds - round] ?? `Round ${round}`;
}

/** More rounds than this do not fit beside each other: pages show one at a time. */
const mostRoundsAtOnce = 5;

/** @param chosen the round to show where not all are shown; @default the first that is not over */
export function bracket(matches: readonly Match[], chosen: number | undefined, address: string): string {
  const rounds = Math.max(0, ...matches.map(({ round }) => round));
  if (rounds === 0) return "";
  const all = Array.from({ length: rounds }, (_, index) => index + 1);
  const isLarge = rounds > mostRoundsAtOnce;
  const current = matches.find(({ status }) => status !== "done" && status !== "bye")?.round ?? rounds;
  const shown = isLarge ? all.filter((round) => round === Math.min(chosen ?? current, rounds)) : all;
  const links = all.map(
    (round) =>
      html`<a href="${address}?round=${round}#bracket" !${shown.includes(round) ? 'aria-current="true"' : ""}>${roundName(round, rounds)}</a>`,
  );
  return html`!${isLarge ? html`<nav class="filters" aria-label="Rounds">!${links}</nav>` : ""}
    <div class="bracket" tabindex="0" role="group" aria-label="Rounds of the bracket">
      !${shown.map((round) => section(matches, round, rounds))}
    </div>`;
}

function section(matches: readonly Match[], round: number, rounds: number): string {
  const items = matches.filter((match) => match.round === round).map((match) => html`<li>!${one(match)}</li>`);
  return html`<section class="round"><h3>${roundName(round, rounds)}</h3><ol>!${items}</ol></section>`;
}

function one(match: Match): string {
  const note = noteOf(match);
  return html`<div class="match match-${match.status}">
    !${side(match.team_a, match.score_a, match.winner === "a", match.status)}
    !${match.status === "bye" ? "" : side(match.team_b, match.score_b, match.winner === "b", match.status)}
    !${note === "" ? "" : html`<p class="quiet">!${note}</p>`}
  </div>`;
}

function side(team: string | null, score: number | null, hasWon: boolean, status: Match["status"]): string {
  const won = hasWon && status === "done" ? html`<span class="unseen"> won</span>` : "";
  return html`<p class="side !${hasWon ? "won" : ""}"><span>${team ?? "to be decided"}!${won}</span><span>${score ?? ""}</span></p>`;
}

function noteOf({ status, walkover, scheduled_at }: Match): string {
  if (status === "bye") return "goes on without playing";
  if (status === "playing") return "being played";
  if (status === "done") return walkover ? "walkover" : "";
  return scheduled_at === null ? "" : moment(scheduled_at);
}
