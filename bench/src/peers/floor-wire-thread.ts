/** Thread entry of floor-wire-threads: connects its shards, says 'ready', then counts when asked to. */
import { parentPort, workerData } from 'node:worker_threads';
import { gatherStatement } from '../dataset/gather-columns.js';
import { openRawConnection } from './wire-count.js';

const port = parentPort;
if (port === null) throw new Error('floor-wire-thread runs in a worker thread');

const connections = await Promise.all((workerData as string[]).map(openRawConnection));
port.on('message', async (request: 'gather' | 'close') => {
  if (request === 'gather') {
    port.postMessage(
      await Promise.all(connections.map((connection) => connection.count(gatherStatement))),
    );
    return;
  }
  await Promise.all(connections.map((connection) => connection.close()));
  port.close();
});
port.postMessage('ready');
