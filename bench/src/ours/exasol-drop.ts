import type { ExportModule } from '@millrace/worker';

/** A sink that drops bytes, in the thread that holds the tunnel. */
const drop: ExportModule = async (bytes) => {
  let count = 0;
  for await (const piece of bytes) count += piece.length;
  return count;
};

// biome-ignore lint/style/noDefaultExport: it is by its default export that the threads find a sink
export default drop;
