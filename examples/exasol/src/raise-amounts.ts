/** A worker thread with two tunnels: what comes out of one goes into the other, one column raised by 1. */
import { Duplex } from 'node:stream';
import { parentPort, workerData } from 'node:worker_threads';
import { httpTransport } from '@millrace/engine';
import { type CsvColumn, createCsvScanner, csvOfRows } from '@millrace/exasol';

export interface RaiseAmountsData {
  readonly host: string;
  readonly port: number;
  /** Of the table's columns, in their order. */
  readonly names: readonly string[];
  /** The one to be raised: a decimal. */
  readonly column: string;
}

/** Addresses of the two tunnels. */
export interface TunnelPair {
  readonly export: string;
  readonly import: string;
}

const { host, port, names, column } = workerData as RaiseAmountsData;
/** As text, whatever they are: nothing but the one column is looked at, and so nothing else can change. */
const columns = names.map((name): CsvColumn => ({ name, type: { type: 'VARCHAR' } }));
const raised = names.indexOf(column);
if (raised < 0) throw new Error(`there is no column ${column}, only ${names.join(', ')}`);

const outgoing = await httpTransport({ host, port, compression: true });
const incoming = await httpTransport({ host, port, compression: true });
const pair: TunnelPair = { export: outgoing.address, import: incoming.address };
parentPort?.postMessage(pair);

const between = Duplex.from((csv: AsyncIterable<Uint8Array>) => csvOfRows(raiseAmounts(csv)));
await Promise.all([outgoing.exportTo(between), incoming.importFrom(between)]);

async function* raiseAmounts(
  csv: AsyncIterable<Uint8Array>,
): AsyncGenerator<readonly unknown[], void, undefined> {
  const scanner = createCsvScanner({ columns });
  for await (const bytes of csv) {
    scanner.write(bytes);
    if (scanner.due) yield* rowsOf(scanner);
  }
  scanner.end();
  yield* rowsOf(scanner);
}

function* rowsOf(scanner: ReturnType<typeof createCsvScanner>): Generator<readonly unknown[]> {
  for (let batch = scanner.take(); batch !== undefined; batch = scanner.take()) {
    for (let row = 0; row < batch.rowCount; row++) {
      yield batch.vectors.map((vector, i) => {
        const value = vector.at(row);
        return i === raised && typeof value === 'string' ? plusOne(value) : value;
      });
    }
  }
}

/** Exact, at any scale: `-0.25` becomes `0.75`. */
function plusOne(decimal: string): string {
  const scale = decimal.includes('.') ? decimal.length - decimal.indexOf('.') - 1 : 0;
  const digits = BigInt(decimal.replace('.', '')) + 10n ** BigInt(scale);
  if (scale === 0) return String(digits);
  const text = String(digits < 0n ? -digits : digits).padStart(scale + 1, '0');
  return `${digits < 0n ? '-' : ''}${text.slice(0, -scale)}.${text.slice(-scale)}`;
}
