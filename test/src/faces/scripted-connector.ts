/** A connector whose statements are a few words that say what it shall do: for tests of what stands around it. */
import type { ConnectorConnection, ConnectorRows } from '@millrace/engine';

const CHUNK_ROWS = 10;

// biome-ignore lint/style/noDefaultExport: a connector module connects by its default export.
export default function connect(dsn: string): ConnectorConnection {
  if (dsn === 'nowhere') throw Object.assign(new Error('no such place'), { code: 'NOWHERE' });
  let chunksMade = 0;
  let cancel: (() => void) | undefined;
  const log: string[] = [];

  async function* rowsOf(words: string[], parameters: unknown): AsyncGenerator<unknown[][]> {
    const [verb, count = '1', place] = words;
    const isHere = place === undefined || place === dsn;
    if (verb === 'exit') process.exit(1);
    if (verb === 'fail' && isHere) throw new Error(`as ${dsn} was told`);
    if (verb === 'wait') {
      await new Promise<void>((resolve) => {
        cancel = resolve;
      });
    }
    if (verb === 'log') yield [[dsn, log.join(), parameters]];
    if (verb === 'made') yield [[chunksMade]];
    if (verb !== 'count') return;
    chunksMade = 0;
    for (let row = 0; row < Number(count); row += CHUNK_ROWS) {
      chunksMade++;
      yield Array.from({ length: CHUNK_ROWS }, (_, i) => [dsn, row + i]);
      if (words[2] === 'breaks' && words[3] === dsn) throw new Error(`${dsn} broke`);
    }
  }

  return {
    query(sql, parameters): ConnectorRows {
      log.push(sql);
      const words = sql.split(' ');
      const names = { count: ['dsn', 'n'], log: ['dsn', 'log', 'parameters'], made: ['made'] };
      const columns = words[0] === 'differ' ? [dsn] : names[words[0] as keyof typeof names];
      const fields = columns?.map((name) => ({ name })) ?? null;
      return Object.assign(rowsOf(words, parameters), { fields, rowCount: 3 });
    },
    cancel: () => {
      log.push('CANCEL');
      cancel?.();
    },
    commit: () => {
      if (log.at(-1) === `poison ${dsn}`) throw new Error('poisoned');
      log.push('COMMIT');
    },
    rollback: () => log.push('ROLLBACK'),
    close: () => undefined,
  };
}
