/**
 * The process of a whole fast cluster, for who cannot import it: started with an IPC channel and `FastClusterOptions` as JSON, it sends
 * `FastCluster`'s plain values when it is up, and ends when the channel does.
 */
import { once } from 'node:events';
import { type FastClusterOptions, startFastCluster } from './start-fast-cluster.js';

const [options] = process.argv.slice(2);
if (options === undefined || process.send === undefined) {
  throw new Error('a fast cluster is started with options, and an IPC channel');
}
// Before the start, that a parent which is gone by then is not missed.
const left = once(process, 'disconnect');
const {
  stop,
  [Symbol.asyncDispose]: _,
  ...values
} = await startFastCluster(JSON.parse(options) as FastClusterOptions);
process.send(values);
await left;
await stop();
