// Spans of time for people.

/** Seconds for people: `4.2 s`, `3 min 20 s`, `5 h 2 min`, `3 d 4 h`. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${Number(seconds.toFixed(1))} s`;
  const whole = Math.round(seconds);
  const units = [
    ["d", 86_400],
    ["h", 3600],
    ["min", 60],
    ["s", 1],
  ] as const;
  const first = units.findIndex(([, length]) => whole >= length);
  return units
    .slice(first, first + 2)
    .map(
      ([unit, length], index) =>
        [Math.floor((index === 0 ? whole : whole % (units[first]?.[1] ?? 1)) / length), unit] as const,
    )
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(" ");
}
