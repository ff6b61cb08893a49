/** CSV read the slow and plain way, and exact values from texts by other means than the kernels'. */
import type { DataType, Value } from '@millrace/batch';

/** A field: null for nothing without delimiters. */
export type PlainField = string | null;

/** Separator `,`, delimiter `"`, rows end in `rowEnd`. */
export function plainRecords(text: string, rowEnd: string): PlainField[][] {
  const records: PlainField[][] = [];
  let rest = text;
  let record: PlainField[] = [];
  while (rest !== '' || record.length > 0) {
    const [whole = '', delimited] = /^"((?:[^"]|"")*)"/.exec(rest) ?? [];
    const stops = [rest.indexOf(','), rest.indexOf(rowEnd)].filter((at) => at >= 0);
    const end = delimited === undefined ? Math.min(rest.length, ...stops) : whole.length;
    const plain = rest.slice(0, end);
    record.push(delimited?.replaceAll('""', '"') ?? (plain === '' ? null : plain));
    rest = rest.slice(end);
    if (rest.startsWith(',')) {
      rest = rest.slice(1);
      continue;
    }
    rest = rest.slice(rowEnd.length);
    records.push(record);
    record = [];
  }
  return records;
}

/** The value of a field, as `Vector.at` gives it. */
export function plainValue(field: PlainField, type: DataType): Value {
  if (field === null || (field === '' && type.kind !== 'utf8')) return null;
  switch (type.kind) {
    case 'bool':
      return field === '1' || /^t/i.test(field);
    case 'int32':
      return Number(BigInt(field));
    case 'float64':
      return Number(field);
    case 'int64':
      return BigInt(field);
    case 'decimal': {
      const [whole = '', fraction = ''] = field.split('.');
      const unscaled = BigInt(whole + fraction.padEnd(type.scale, '0'));
      const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(type.scale + 1, '0');
      const sign = unscaled < 0n ? '-' : '';
      if (type.scale === 0) return sign + digits;
      return `${sign}${digits.slice(0, -type.scale)}.${digits.slice(-type.scale)}`;
    }
    case 'date':
      return Date.parse(`${field}T00:00:00Z`) / 86_400_000;
    case 'timestamp': {
      const [, seconds = '', fraction = ''] = /^(.{19})\.?(\d*)$/.exec(field) ?? [];
      const ms = Date.parse(`${seconds.replace(' ', 'T')}Z`);
      return BigInt(ms) * 1000n + BigInt(fraction.padEnd(6, '0').slice(0, 6));
    }
    default:
      return field;
  }
}
