/** The progress of the load: a bar on a terminal, else a line every few seconds. */
import cliProgress from 'cli-progress';
import type { LoadProgress } from './load-flights.js';
import { formatCount } from './tables.js';

const LINE_INTERVAL_MS = 3000;

/** Where progress is shown. */
export interface ProgressDisplay {
  update(progress: LoadProgress): void;
  /** Leaves the cursor on a line of its own. To be called also when loading failed. */
  stop(): void;
}

/** A bar where the stream is a terminal, plain lines elsewhere. */
export function showLoadProgress(stream: NodeJS.WriteStream): ProgressDisplay {
  return stream.isTTY === true ? progressBar(stream) : progressLines(stream);
}

function progressBar(stream: NodeJS.WriteStream): ProgressDisplay {
  const format = '  loading {bar} {percentage} %  {shown} flights  {duration_formatted}';
  const bar = new cliProgress.SingleBar(
    { format, stream, barsize: 32, hideCursor: true },
    cliProgress.Presets.shades_classic,
  );
  let started = false;
  return {
    update({ rows, totalRows }) {
      const shown = formatCount(rows);
      if (started) bar.update(rows, { shown });
      else bar.start(totalRows, rows, { shown });
      started = true;
    },
    stop() {
      if (started) bar.stop();
    },
  };
}

function progressLines(stream: NodeJS.WriteStream): ProgressDisplay {
  let last = performance.now();
  return {
    update({ rows, totalRows }) {
      if (rows < totalRows && performance.now() - last < LINE_INTERVAL_MS) return;
      last = performance.now();
      stream.write(`  ${Math.floor((100 * rows) / totalRows)} %  ${formatCount(rows)} flights\n`);
    },
    stop: () => undefined,
  };
}
