/**
 * Thread entry: decodes and encodes one row group at a time.
 * In: a {@link RowGroup}. Out: the {@link EncodedRows} of every shard, whose buffers are handed over, not copied.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { createHashPartitioner } from '@millrace/engine';
import { encodeFlights } from './encode-flights.js';
import { openFlightsFile, type RowGroup, readRowGroup } from './flights-file.js';

/** What the thread is started with. */
export interface EncodeWorkerData {
  readonly shardCount: number;
}

const port = parentPort;
if (port === null) throw new Error('encode-worker is the entry of a worker thread');

const { shardCount } = workerData as EncodeWorkerData;
const place = createHashPartitioner(['text'], shardCount);
const file = openFlightsFile();

port.on('message', async (group: RowGroup) => {
  const flights = await readRowGroup(await file, group);
  const encoded = encodeFlights(flights, shardCount, (origin) => place([origin]));
  port.postMessage(
    encoded,
    encoded.map(({ bytes }) => bytes.buffer),
  );
});
