import {
  Batch,
  BatchBuilder,
  type DataType,
  type Schema,
  type Value,
  type Vector,
} from '@millrace/batch';
import { describe, expect, it } from 'vitest';
import { plainRecords } from '../testing/plain-csv.js';
import { numbersOf, testSeed } from '../testing/seed.js';
import type { CsvColumn } from './column-type.js';
import type { CsvError } from './csv-error.js';
import { createCsvScanner } from './csv-scanner.js';
import { csvOfBatches, csvOfRows } from './csv-streams.js';
import { createCsvWriter } from './csv-writer.js';

function batchOf(types: readonly DataType[], rows: readonly (readonly Value[])[]): Batch {
  const schema: Schema = { fields: types.map((type, i) => ({ name: `C${i}`, type })) };
  const builder = new BatchBuilder(schema);
  for (const row of rows) builder.append(row);
  return new Batch(schema, builder.finish());
}

function written(batch: Batch): string {
  const writer = createCsvWriter();
  return Buffer.concat([...writer.writeBatch(batch), writer.end()]).toString();
}

function one(type: DataType, ...values: readonly Value[]): string[] {
  const text = written(
    batchOf(
      [type],
      values.map((value) => [value]),
    ),
  );
  return text.split('\n').slice(0, -1);
}

async function all(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts).toString();
}

function failure(run: () => unknown): CsvError {
  try {
    run();
  } catch (error) {
    return error as CsvError;
  }
  return expect.unreachable('it must not be written');
}

const decimal = (precision: number, scale: number): DataType => ({
  kind: 'decimal',
  precision,
  scale,
});

describe('writeBatch', () => {
  it.each<[DataType, readonly Value[], readonly string[]]>([
    [{ kind: 'bool' }, [true, null, false], ['1', '', '0']],
    [{ kind: 'int16' }, [-32_768, 0, 99], ['-32768', '0', '99']],
    [
      { kind: 'int32' },
      [-0x80000000, 1_000_000_000, 999_999_999, 10, 100],
      ['-2147483648', '1000000000', '999999999', '10', '100'],
    ],
    [{ kind: 'uint32' }, [0xffffffff], ['4294967295']],
    [
      { kind: 'int64' },
      [-(2n ** 63n), 2n ** 63n - 1n, 2n ** 53n + 1n, -1n, 10n ** 15n, 123n],
      [
        '-9223372036854775808',
        '9223372036854775807',
        '9007199254740993',
        '-1',
        '1000000000000000',
        '123',
      ],
    ],
    [{ kind: 'float64' }, [0.1, -1e300, 5e-324, 3, -0], ['0.1', '-1e+300', '5e-324', '3', '0']],
    [
      { kind: 'float32' },
      [Math.fround(0.1), Math.fround(16_777_216), Math.fround(3.4e38), Math.fround(1 / 3)],
      ['0.1', '16777216', '3.4e+38', '0.33333334'],
    ],
    [
      decimal(12, 2),
      ['-9999999999.99', '0.01', '-0.01', '0.00', '5.50'],
      ['-9999999999.99', '0.01', '-0.01', '0.00', '5.50'],
    ],
    [
      decimal(38, 0),
      ['-'.padEnd(39, '9'), '18446744073709551616', '7'],
      ['-'.padEnd(39, '9'), '18446744073709551616', '7'],
    ],
    [decimal(38, 30), [`0.${'1'.padStart(30, '0')}`], [`0.${'1'.padStart(30, '0')}`]],
    [
      decimal(15, 15),
      ['0.000000000000001', '-0.999999999999999'],
      ['0.000000000000001', '-0.999999999999999'],
    ],
    [
      { kind: 'date' },
      [0, -1, -719_162, 2_932_896, 19_782],
      ['1970-01-01', '1969-12-31', '0001-01-01', '9999-12-31', '2024-02-29'],
    ],
    [
      { kind: 'timestamp', utc: false },
      [0n, -1n, -62_135_596_800_000_000n, 253_402_300_799_999_999n],
      [
        '1970-01-01 00:00:00.000000',
        '1969-12-31 23:59:59.999999',
        '0001-01-01 00:00:00.000000',
        '9999-12-31 23:59:59.999999',
      ],
    ],
    [
      { kind: 'uuid' },
      ['01234567-89ab-cdef-fedc-ba9876543210'],
      ['"01234567-89ab-cdef-fedc-ba9876543210"'],
    ],
    [{ kind: 'binary' }, [Uint8Array.of(0, 255, 16)], ['"00ff10"']],
    [
      { kind: 'utf8' },
      ['#x', '', null, 'a"b"', 'ü', `${'y'.repeat(100)}"`, 'z'.repeat(100)],
      ['"#x"', '""', '', '"a""b"""', '"ü"', `"${'y'.repeat(100)}"""`, `"${'z'.repeat(100)}"`],
    ],
  ])('writes %j', (type, values, fields) => {
    expect(one(type, ...values)).toEqual(fields);
  });

  it.each<[DataType, Value]>([
    [{ kind: 'float64' }, Number.NaN],
    [{ kind: 'float32' }, Number.POSITIVE_INFINITY],
    [decimal(38, 0), 'NaN'],
    [{ kind: 'date' }, 0x7fffffff],
    [{ kind: 'date' }, -719_163],
    [{ kind: 'timestamp', utc: true }, -(2n ** 63n)],
    [{ kind: 'timestamp', utc: true }, 253_402_300_800_000_000n],
  ])('refuses %j %s, naming its row and column', (type, value) => {
    const error = failure(() =>
      written(
        batchOf(
          [{ kind: 'int32' }, type],
          [
            [1, null],
            [2, value],
          ],
        ),
      ),
    );
    expect(error).toMatchObject({ name: 'CsvError', row: 2, column: '2', value: String(value) });
  });

  const seed = testSeed();
  it(`writes what the scanner reads back, seed ${seed}`, () => {
    const below = numbersOf(seed);
    const columns: readonly CsvColumn[] = [
      { name: 'L', type: { type: 'DECIMAL', precision: 18, scale: 0 } },
      { name: 'N', type: { type: 'DECIMAL', precision: 36, scale: 4 } },
      { name: 'D', type: { type: 'DOUBLE' } },
      { name: 'DAY', type: { type: 'DATE' } },
      { name: 'TS', type: { type: 'TIMESTAMP' } },
      { name: 'T', type: { type: 'VARCHAR' } },
    ];
    const scanner = createCsvScanner({ columns });
    const any = (): bigint => (BigInt(below(2 ** 32)) << BigInt(below(28))) * (below(2) ? 1n : -1n);
    const texts = ['', 'a,b', '"', '\n', 'x'.repeat(5000), 'ü', '#'];
    const rows = Array.from({ length: 500 }, (): Value[] =>
      [
        any(),
        `${any()}.${String(below(10_000)).padStart(4, '0')}`,
        below(2 ** 32) / (1 + below(1000)),
        below(3_600_000) - 719_000,
        BigInt(below(2_932_896)) * 86_400_000_000n - BigInt(below(2 ** 32)),
        texts[below(texts.length)] as string,
      ].map((value) => (below(7) === 0 ? null : value)),
    );
    const csv = written(
      batchOf(
        scanner.schema.fields.map(({ type }) => type),
        rows,
      ),
    );
    scanner.write(Buffer.from(csv));
    scanner.end();
    const batch = scanner.take() as Batch;
    const read = rows.map((_, row) => batch.vectors.map((vector: Vector) => vector.at(row)));
    // -0 has no decimal of its own.
    expect(read).toEqual(
      rows.map((row) =>
        row.map((value) =>
          typeof value === 'string' && /^-0\.0+$/.test(value) ? value.slice(1) : value,
        ),
      ),
    );
    expect(plainRecords(csv, '\n').length).toBe(500);
  });

  it('gives chunks of one size whatever the batches', async () => {
    const batches = Array.from({ length: 40 }, () =>
      batchOf([{ kind: 'utf8' }], [['x'.repeat(5000)], ['y'.repeat(200_000)]]),
    );
    const sizes: number[] = [];
    for await (const chunk of csvOfBatches(batches)) sizes.push(chunk.length);
    expect(sizes.reduce((a, b) => a + b)).toBe(40 * (5003 + 200_003));
    expect(Math.max(...sizes)).toBeLessThan(450_000);
  });
});

describe('writeRow', () => {
  it('writes JavaScript values', async () => {
    const columns: CsvColumn[] = [{ name: 'D', type: { type: 'DATE' } }];
    const date = new Date('2024-02-29T12:34:56.789Z');
    const rows = [
      [date, date, 'a "b"', 1.5, -7n, true, false, null, undefined, Uint8Array.of(1, 255), 'ü'],
      [],
      [null, 2 ** 53, '', 1e21],
    ];
    expect(await all(csvOfRows(rows, { columns }))).toBe(
      '2024-02-29,2024-02-29 12:34:56.789,"a ""b""",1.5,-7,1,0,,,"01ff","ü"\n\n,9007199254740992,"",1e+21\n',
    );
  });

  it('writes other dialects', () => {
    const writer = createCsvWriter({
      dialect: { columnSeparator: ';', columnDelimiter: "'", rowSeparator: 'CRLF' },
    });
    writer.writeRow(["it's", 1]);
    expect(writer.end().toString()).toBe("'it''s';1\r\n");
    expect(() => createCsvWriter({ dialect: { columnDelimiter: '' } })).toThrow(RangeError);
  });

  it.each([
    [Number.NaN, 'NaN'],
    [{}, '[object Object]'],
    [Symbol('x'), 'symbol'],
    [new Date(Number.NaN), 'Invalid Date'],
    [new Date('-000001-01-01T00:00:00Z'), undefined],
  ])('refuses %s, naming its row and column', (value, shown) => {
    const writer = createCsvWriter({ columns: [{ name: 'A', type: { type: 'DATE' } }] });
    writer.writeRow(['x']);
    const error = failure(() => writer.writeRow([value]));
    expect(error).toMatchObject({ name: 'CsvError', row: 2, column: 'A' });
    if (shown !== undefined) expect(error.value).toBe(shown);
  });
});
