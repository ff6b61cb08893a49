/** A COPY … TO STDOUT, from a session's connection to the exchange that its chunks go out by. */
import { toEnvelope } from '../error-envelope.js';
import { ExchangeWriter } from '../exchange/exchange-writer.js';
import type { CopyMessage, CopyOutTask } from '../protocol.js';
import type { ShardTaskContext } from '../shard-task.js';
import { CopyConnection } from './copy-connection.js';

/** Runs a COPY to its end. What went wrong goes to the engine; the promise settles when the connection is free again. */
export async function runCopyOut(task: CopyOutTask, context: ShardTaskContext): Promise<void> {
  const { shard, sql, session, credits, chunkBytes, port } = task;
  const startedAt = performance.now();
  const connection = new CopyConnection(shard, context);
  const cancel = (): void => connection.stop();
  port.on('message', cancel);
  port.on('close', cancel);
  const output = new ExchangeWriter(
    { port: task.output, credits },
    { run: () => undefined, credit: () => connection.resume(), cancel },
  );
  let message: CopyMessage;
  try {
    const server = await connection.acquire(session);
    const { rowCount, byteCount } = await server.copyOut(sql, { sink: output, chunkBytes });
    await connection.stopped();
    const completion = { tag: `COPY ${rowCount}`, rowCount, byteCount };
    const totalMs = performance.now() - startedAt;
    output.finish({ kind: 'ended', completion, firstRowMs: undefined, totalMs });
    message = { rowCount, byteCount, error: undefined };
  } catch (error) {
    await connection.stopped();
    const envelope = toEnvelope(connection.reason ?? error);
    output.finish({
      kind: 'failed',
      error: envelope,
      server: 0,
      accepted: true,
      rowCount: 0,
      byteCount: 0,
    });
    message = { rowCount: 0, byteCount: 0, error: envelope };
  }
  port.off('close', cancel);
  port.postMessage(message);
  port.close();
}
