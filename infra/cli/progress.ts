// One line about anything that takes longer than a person waits without wondering.

/** Milliseconds of silence before the line appears. */
const patience = 2000;

/** Runs `work`; after two seconds standard error says what is being done, and on a terminal for how long. */
export async function withProgress<Result>(what: string, work: Promise<Result>): Promise<Result> {
  const started = performance.now();
  const terminal = process.stderr.isTTY;
  let shown = false;
  const show = () => {
    const seconds = Math.floor((performance.now() - started) / 1000);
    if (terminal) process.stderr.write(`\r\u001B[K${what} … ${seconds} s`);
    else if (!shown) process.stderr.write(`${what} …\n`);
    shown = true;
  };
  const timer = setTimeout(() => {
    show();
    ticker = setInterval(show, 1000);
    ticker.unref();
  }, patience);
  let ticker: NodeJS.Timeout | undefined;
  try {
    return await work;
  } finally {
    clearTimeout(timer);
    clearInterval(ticker);
    if (shown && terminal) process.stderr.write("\r\u001B[K");
  }
}
