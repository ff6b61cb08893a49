import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ExasolCluster, startExasolCluster } from '../cluster/start-exasol-cluster.js';
import { type Python, startPython, whyNoPyexasol } from './python-client.js';

const missing = whyNoPyexasol();
if (missing !== undefined) process.stderr.write(`pyexasol does not judge: ${missing}\n`);

/** Files of its integration tests, below test/integration. */
const ITS_TESTS = [
  'http_transport_integration_test.py',
  'abort_query_test.py',
  'dsn_test.py',
  'transaction_test.py',
  'etl_test.py',
  'import_and_export/export_to_callback_test.py',
  'import_and_export/import_from_callback_test.py',
  'import_and_export/file_test.py',
];

describe.runIf(missing === undefined)('pyexasol', () => {
  let cluster: ExasolCluster;
  let python: Python;

  beforeAll(async () => {
    cluster = await startExasolCluster({ nodes: 3 });
    python = await startPython();
    const prepared = await python.run(['-m', 'examples.a00_prepare'], cluster);
    expect(prepared.output).toContain('Test data was prepared');
  });

  afterAll(async () => {
    await cluster?.stop();
    await python?.[Symbol.asyncDispose]();
  });

  it('exports in parallel by five processes (its example b03)', async () => {
    const { output } = await python.run(['-m', 'examples.b03_parallel_export'], cluster);
    expect(output).toMatch(/EXPORTED 100000 rows/);
    const parts = [...output.matchAll(/exported rows: (\d+)/g)].map(([, rows]) => Number(rows));
    expect(parts).toHaveLength(5);
    expect(parts.reduce((sum, rows) => sum + rows, 0)).toBe(100_000);
  });

  it('imports in parallel by five processes (b04)', async () => {
    const { output } = await python.run(['-m', 'examples.b04_parallel_import'], cluster);
    expect(output).toMatch(/IMPORTED 15 rows/);
    const rows = await cluster.query(
      'SELECT shard_id, count(*) FROM test.parallel_import GROUP BY 1 ORDER BY 1',
    );
    expect(rows.map(({ count }) => count)).toEqual(['3', '3', '3', '3', '3']);
  });

  it('exports and imports again by eight processes, with TLS and gzip (b05)', async () => {
    const { output } = await python.run(['-m', 'examples.b05_parallel_export_import'], cluster);
    expect(output).toMatch(/IMPORTED 100000 rows/);
    const [sums] = await cluster.query(
      'SELECT (SELECT sum(gross_amt) + count(*) FROM test.payments) AS one, (SELECT sum(gross_amt) FROM test.payments_copy) AS other',
    );
    expect(sums?.other).toBe(sums?.one);
  });

  it('exports all rows though they lie unevenly, some files being empty', async () => {
    cluster.faults.spread = (row) => (row % 10 === 0 ? 3 : 1);
    const { output } = await python.run(['-m', 'examples.b03_parallel_export'], cluster);
    cluster.heal();
    expect(
      [...output.matchAll(/exported rows: (\d+)/g)].map(([, rows]) => Number(rows)).sort(),
    ).toEqual([0, 0, 0, 10_000, 90_000]);
  });

  it.each(['b01_pandas', 'b02_import_export', 'b06_http_transport_errors', 'a09_abort_query'])(
    'runs its example %s',
    async (name) => {
      const { code, output } = await python.run(['-m', `examples.${name}`], cluster);
      expect(code, output).toBe(0);
    },
  );

  it.each(ITS_TESTS)('passes its own test/integration/%s', async (file) => {
    const args = [
      '-m',
      'pytest',
      '-q',
      '-p',
      'simulated_cluster',
      '-p',
      'no:cacheprovider',
      `test/integration/${file}`,
    ];
    const { code, output } = await python.run(args, cluster);
    expect(code, output).toBe(0);
  });
});
