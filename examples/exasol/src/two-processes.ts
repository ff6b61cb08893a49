/**
 * An export by several processes. This one has the connection; each child holds a tunnel and writes its own file. Only addresses go
 * from the children to here, and no credentials to them: they could as well be on other servers.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { connectExasol } from '@millrace/engine';
import { readArguments } from './program-arguments.js';
import type { PartOrder, PartWord } from './write-part.js';

const { login, table, processes, folder } = readArguments({
  table: 'retail.payments',
  processes: '2',
  folder: '.',
});

await using exa = await connectExasol(login);
const nodes = await exa.session.nodes(Number(processes));
const children = nodes.map(() => fork(fileURLToPath(new URL('./write-part.js', import.meta.url))));
try {
  const addresses = await Promise.all(
    children.map(async (child, i) => {
      const { host, port } = nodes[i] as (typeof nodes)[number];
      const order: PartOrder = { host, port, path: `${folder}/part-${i}.csv` };
      child.send(order);
      return (await hear(child, 'opened')).address;
    }),
  );
  const written = Promise.all(children.map((child) => hear(child, 'written')));
  const [{ rowCount }, parts] = await Promise.all([exa.exportParallel(addresses, table), written]);
  for (const child of children) child.send('keep');
  for (const { path, bytes } of parts) console.log(`${path}: ${bytes} bytes`);
  console.log(`exported ${rowCount} rows by ${parts.length} processes`);
} finally {
  // A child that has not been told to keep its part removes it.
  await Promise.all(
    children.map(async (child) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      if (child.connected) child.disconnect();
      await ended;
    }),
  );
}

/** Waits for the child to say something. @throws Error when it says something else, or ends. */
async function hear<Kind extends PartWord['kind']>(
  child: ChildProcess,
  kind: Kind,
): Promise<PartWord & { readonly kind: Kind }> {
  const word = await new Promise<PartWord>((resolve, reject) => {
    child.once('message', (message) => resolve(message as PartWord));
    child.once('exit', (code, signal) => reject(new Error(`a child ended by ${signal ?? code}`)));
    child.once('error', reject);
  });
  if (word.kind === 'failed') throw new Error(word.message);
  if (word.kind !== kind) throw new Error(`a child has ${word.kind} before it has ${kind}`);
  return word as PartWord & { readonly kind: Kind };
}
