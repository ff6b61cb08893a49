/** What a call that fails must leave behind: an error, a connection that works, and nothing else. */
import type { ExasolConnection, ExasolTransferError } from '@millrace/engine';
import { expect } from 'vitest';
import type { ParallelDrive } from './parallel-drive.js';

/** What a call failed with. */
export async function errorOf(call: Promise<unknown>): Promise<ExasolTransferError> {
  const error = await call.then(
    (value) => new Error(`it succeeded: ${JSON.stringify(value)}`, { cause: 'success' }),
    (reason: ExasolTransferError) => reason,
  );
  expect(error).toBeInstanceOf(Error);
  expect(error.cause, String(error)).not.toBe('success');
  return error as ExasolTransferError;
}

/** What a call failed with; its tunnels are closed, and its connection works once the cluster is well again. */
export async function failureOf(
  drive: ParallelDrive,
  exa: ExasolConnection,
  call: Promise<unknown>,
): Promise<ExasolTransferError> {
  const error = await errorOf(call);
  await expect.poll(() => drive.cluster.openTunnels()).toEqual([]);
  drive.cluster.heal();
  expect((await exa.execute('SELECT 1 AS one FROM dual')).rowCount).toBe(1);
  return error;
}

/** The session is gone, and the connection says so at every call. */
export async function expectClosed(exa: ExasolConnection): Promise<void> {
  for (const call of [
    () => exa.execute('SELECT 1 FROM dual'),
    () => exa.exportParallel({ from: 'drive.flights', to: () => undefined }),
  ]) {
    const error = await errorOf(call());
    expect(error.message).toMatch(/session is closed/);
  }
}

/** How many rows the target of imports has. */
export async function committed(drive: ParallelDrive): Promise<number> {
  const rows = await drive.cluster.query('select count(*)::int n from drive.target');
  return rows[0]?.n as number;
}

/** A sink that reads all, and keeps nothing. */
export async function drop(bytes: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const piece of bytes) expect(piece.length).toBeGreaterThan(0);
}

/** Rows for the target. */
export function* targetRows(count: number): Generator<readonly unknown[]> {
  for (let id = 1; id <= count; id++) yield [id, `note ${id}`, id / 4];
}
